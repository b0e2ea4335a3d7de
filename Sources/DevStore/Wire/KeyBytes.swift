/// An object's key: UTF-8 bytes, compared and sorted bytewise as S3 does.
///
/// Never a `String`: Swift compares strings by canonical equivalence, which would make the NFC and the NFD form of one
/// name the same object.
package struct KeyBytes: Hashable, Sendable {
    /// At most 1,024 bytes once a request was accepted (S3 user guide, "Naming Amazon S3 objects").
    package let bytes: [UInt8]

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    package init(_ text: String) {
        self.bytes = Array(text.utf8)
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    var isValidUTF8: Bool { String(validating: bytes, as: UTF8.self) != nil }
}

extension KeyBytes: Comparable {
    package static func < (left: KeyBytes, right: KeyBytes) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}

extension KeyBytes: Codable {
    package init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(String.self))
    }

    /// Keys were checked to be UTF-8 before anything was stored, so a JSON string holds them without loss.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
