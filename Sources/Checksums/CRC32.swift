import CISAL

/// CRC-32 as gzip and zlib have it (RFC 1952 section 8), by ISA-L's carry-less multiply.
package struct CRC32: IncrementalDigest, Sendable, Hashable {
    /// The checksum of all bytes so far; 0 for none.
    package private(set) var value: UInt32

    /// Goes on behind bytes whose checksum is `value`.
    package init(value: UInt32 = 0) {
        self.value = value
    }

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        // The buffer is valid for the call, and ISA-L only reads it. This one inverts before and after by itself.
        value = unsafe cisal_crc32(value, bytes.baseAddress, bytes.count)
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

    private static let combination = CRCCombination<UInt32>(reflectedPolynomial: 0xEDB8_8320)
}
