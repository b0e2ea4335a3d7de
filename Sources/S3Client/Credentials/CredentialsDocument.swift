import FoundationEssentials
import Model
import SigV4

/// Credentials as JSON: what a `credential_process`, a container's endpoint and the instance's metadata answer with.
///
/// (AWS SDK reference, "Process credential provider", "Container credential provider", "IMDS credential provider".)
struct CredentialsDocument: Sendable {
    private let fields: Fields

    private struct Fields: Decodable, Sendable {
        var Version: Int?
        var Code: String?
        var AccessKeyId: String?
        var SecretAccessKey: SecretBytes?
        /// A process writes `SessionToken`, the others `Token`.
        var SessionToken: SecretBytes?
        var Token: SecretBytes?
        var Expiration: String?
    }

    /// Nil when the bytes are no JSON object with these fields.
    init?(_ json: [UInt8]) {
        guard let fields = try? JSONDecoder().decode(Fields.self, from: Data(json)) else { return nil }
        self.fields = fields
    }

    /// Of a process's answer: 1 is the only one there is.
    var version: Int? { fields.Version }
    /// The metadata service's `Success`.
    var code: String? { fields.Code }

    func credentials() throws(CredentialsError) -> Credentials {
        guard let id = fields.AccessKeyId, !id.isEmpty else { throw Self.missing("AccessKeyId") }
        guard let secret = fields.SecretAccessKey, !secret.isEmpty else { throw Self.missing("SecretAccessKey") }
        let token = [fields.SessionToken, fields.Token].compactMap { $0 }.first { !$0.isEmpty }
        return Credentials(
            accessKeyID: id, secretAccessKey: secret, sessionToken: token,
            expiration: try Self.expiration(fields.Expiration))
    }

    /// Nil means that they last.
    static func expiration(_ text: String?) throws(CredentialsError) -> SigningTime? {
        guard let text, !text.isEmpty else { return nil }
        guard let time = Timestamp(iso8601: Array(text.utf8)) else {
            throw CredentialsError("Expiration in its answer is no time")
        }
        return time.signingTime
    }

    private static func missing(_ name: String) -> CredentialsError {
        CredentialsError("its answer has no \(name)")
    }
}

extension SecretBytes: Decodable {
    package init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(String.self))
    }
}
