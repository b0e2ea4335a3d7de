/// What signs a request: AWS's access key, its secret, and for temporary ones a session token with its end.
///
/// Descriptions show the access key ID only, which S3 itself writes into its logs.
package struct Credentials: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    package let accessKeyID: String
    package let secretAccessKey: SecretBytes
    package let sessionToken: SecretBytes?
    /// Nil for those that last.
    package let expiration: SigningTime?

    package init(
        accessKeyID: String, secretAccessKey: SecretBytes, sessionToken: SecretBytes? = nil,
        expiration: SigningTime? = nil
    ) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
        self.expiration = expiration
    }

    /// The token is text in AWS's world; an empty one counts as none.
    package init(
        accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil, expiration: SigningTime? = nil
    ) {
        self.init(
            accessKeyID: accessKeyID, secretAccessKey: SecretBytes(secretAccessKey),
            sessionToken: sessionToken.flatMap { $0.isEmpty ? nil : SecretBytes($0) }, expiration: expiration)
    }

    package var description: String {
        "Credentials(\(accessKeyID), \(sessionToken == nil ? "without" : "with") session token)"
    }

    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: ["accessKeyID": accessKeyID]) }
}
