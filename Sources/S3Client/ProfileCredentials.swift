package import SigV4

/// Static keys from a profile of the shared files.
package struct ProfileCredentials: CredentialsSource {
    private let configuration: SharedConfiguration
    /// Whether somebody asked for this profile by name: then it must be there.
    private let isRequired: Bool

    package init(_ configuration: SharedConfiguration, isRequired: Bool = false) {
        self.configuration = configuration
        self.isRequired = isRequired
    }

    package var name: String { "profile \(configuration.profileName)" }

    package func load() async throws(CredentialsError) -> Credentials? {
        guard let profile = configuration.profile() else {
            if isRequired { throw CredentialsError("\(name) is in neither shared file") }
            return nil
        }
        guard let accessKeyID = profile["aws_access_key_id"] else {
            if isRequired { throw CredentialsError("\(name) has no aws_access_key_id") }
            return nil
        }
        guard let secret = profile["aws_secret_access_key"], !secret.isEmpty, !accessKeyID.isEmpty else {
            throw CredentialsError("\(name) has no aws_secret_access_key")
        }
        return Credentials(
            accessKeyID: accessKeyID, secretAccessKey: secret, sessionToken: profile["aws_session_token"])
    }
}
