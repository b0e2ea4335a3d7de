/// What `x-amz-content-sha256` says of a body.
package enum PayloadHash: Sendable, Hashable {
    /// The body is not covered by the signature: TLS and a checksum header protect it.
    case unsigned
    /// The body's SHA-256.
    case sha256(SHA256Hash)
    /// No body at all.
    case empty
    /// Anything else, verbatim: the streaming forms, which only the verifying side meets.
    case other([UInt8])

    /// The header's value.
    package var text: [UInt8] {
        switch self {
        case .unsigned: Self.unsignedText
        case .sha256(let hash): hash.hexadecimal
        case .empty: Self.emptyText
        case .other(let text): text
        }
    }

    private static let unsignedText = Array("UNSIGNED-PAYLOAD".utf8)
    private static let emptyText = SHA256Hash(of: []).hexadecimal
}

extension PayloadHash {
    /// Reads the header's value.
    package init(text: [UInt8]) {
        if text == Self.unsignedText {
            self = .unsigned
        } else if let hash = SHA256Hash(hexadecimal: text) {
            self = .sha256(hash)
        } else {
            self = .other(text)
        }
    }
}
