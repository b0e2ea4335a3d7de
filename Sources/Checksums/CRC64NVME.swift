import CISAL

/// CRC-64/NVME (NVM Express, NVM command set specification 5.2.1.3.4; S3's default for objects that come without one).
///
/// Whole blocks of 64 bytes are folded by carry-less multiplication where the processor has it; the rest, and all of it
/// elsewhere, goes through a table, eight bytes a step.
package struct CRC64NVME: IncrementalDigest, Sendable, Hashable {
    /// The checksum of all bytes so far; 0 for none.
    package private(set) var value: UInt64

    /// Goes on behind bytes whose checksum is `value`.
    package init(value: UInt64 = 0) {
        self.value = value
    }

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        var crc = ~value
        let folded = Self.canFold && bytes.count >= 128 ? bytes.count & ~63 : 0
        if folded > 0 {
            var first: UInt64 = 0
            var second: UInt64 = 0
            // `folded` bytes from the start lie inside the buffer.
            unsafe cisal_crc64nvme_fold(crc, bytes.baseAddress, folded, &first, &second)
            crc = Self.tables.advance(Self.tables.advance(0, by: first), by: second)
        }
        crc = unsafe Self.tables.advance(crc, over: UnsafeRawBufferPointer(rebasing: bytes[folded...]))
        value = ~crc
    }

    package mutating func finalize() -> [UInt8] {
        value.bigEndianBytes
    }

    package mutating func reset() {
        value = 0
    }

    /// The checksum of A followed by B, from theirs.
    package static func combine(_ a: UInt64, _ b: UInt64, lengthOfB: Int) -> UInt64 {
        combination.combine(a, b, lengthOfB: lengthOfB)
    }

    static let reflectedPolynomial: UInt64 = 0x9A6C_9329_AC4B_C9B5
    private static let canFold = cisal_crc64nvme_can_fold() != 0
    private static let tables = CRC64Tables(reflectedPolynomial: reflectedPolynomial)
    private static let combination = CRCCombination<UInt64>(reflectedPolynomial: reflectedPolynomial)
}
