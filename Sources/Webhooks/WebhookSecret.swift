import Checksums

/// A key that messages are signed with, as Standard Webhooks writes it: `whsec_` and base64 of 24 to 64 bytes. It reaches no
/// log and no error.
package struct WebhookSecret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    static let prefix = "whsec_"

    let bytes: [UInt8]

    /// Nil for anything else.
    package init?(_ text: String) {
        guard text.hasPrefix(Self.prefix),
            let bytes = Base64.decode(text.utf8.dropFirst(Self.prefix.utf8.count)), (24...64).contains(bytes.count)
        else { return nil }
        self.bytes = bytes
    }

    package var description: String { "(secret)" }
    package var debugDescription: String { "(secret)" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
