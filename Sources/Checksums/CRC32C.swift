import CISAL

/// CRC-32C (Castagnoli, RFC 3720 appendix B.4), by ISA-L's carry-less multiply.
package struct CRC32C: IncrementalDigest, Sendable, Hashable {
    /// The checksum of all bytes so far; 0 for none.
    package private(set) var value: UInt32

    /// Goes on behind bytes whose checksum is `value`.
    package init(value: UInt32 = 0) {
        self.value = value
    }

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        // The buffer is valid for the call, and ISA-L only reads it.
        value = unsafe ~cisal_crc32c(~value, bytes.baseAddress, bytes.count)
    }

    package mutating func finalize() -> [UInt8] {
        value.bigEndianBytes
    }

    package mutating func reset() {
        value = 0
    }

    /// The checksum of A followed by B, from theirs.
    package static func combine(_ a: UInt32, _ b: UInt32, lengthOfB: Int) -> UInt32 {
        combination.combine(a, b, lengthOfB: lengthOfB)
    }

    private static let combination = CRCCombination<UInt32>(reflectedPolynomial: 0x82F6_3B78)
}
