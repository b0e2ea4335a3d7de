import Checksums
import SigV4

/// Signs messages (Standard Webhooks 1.0.0, "Signature scheme"): by each of the secrets, so that one can be exchanged for
/// another while receivers know only one of them.
package struct WebhookSigner: Sendable {
    private let keys: [HMACKey]

    package init(_ secrets: [WebhookSecret]) { keys = secrets.map { HMACKey($0.bytes) } }

    /// The value of `webhook-signature`.
    ///
    /// - Parameter timestamp: of the attempt, in seconds since 1970.
    package func signature(id: String, timestamp: Int64, body: [UInt8]) -> String {
        let message = Array("\(id).\(timestamp).".utf8) + body
        return keys.map { "v1,\(Base64.encode($0.code(of: message)))" }.joined(separator: " ")
    }
}
