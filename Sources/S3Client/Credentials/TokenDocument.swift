import SigV4

/// A reply of the token service: credentials, or an error.
struct TokenDocument: Sendable {
    private var values: [String: String] = [:]
    private var secret: SecretBytes?
    private var token: SecretBytes?
    private(set) var errorCode: String?
    private(set) var errorMessage: String?

    /// Nil when the body is no XML.
    init?(_ body: [UInt8]) {
        let reader = Reader()
        guard XMLScanner.scan(body, into: reader) else { return nil }
        self = reader.found
    }

    private init() {}

    /// Nil when the reply has none.
    func credentials() throws(CredentialsError) -> Credentials? {
        guard let id = values["AccessKeyId"], !id.isEmpty, let secret, !secret.isEmpty else { return nil }
        return Credentials(
            accessKeyID: id, secretAccessKey: secret, sessionToken: token,
            expiration: try CredentialsDocument.expiration(values["Expiration"]))
    }

    private final class Reader: XMLElementReceiver {
        var found = TokenDocument()

        func started(_ name: String, parent: String) {}

        func ended(_ name: String, parent: String, text: [UInt8]) {
            switch (parent, name) {
            case ("Credentials", "SecretAccessKey"): found.secret = SecretBytes(text)
            case ("Credentials", "SessionToken"): found.token = SecretBytes(text)
            case ("Credentials", _): found.values[name] = String(decoding: text, as: UTF8.self)
            case ("Error", "Code"): found.errorCode = String(decoding: text, as: UTF8.self)
            case ("Error", "Message"): found.errorMessage = String(decoding: text, as: UTF8.self)
            default: break
            }
        }
    }
}
