/// Slicing by eight for a reflected 64-bit CRC: eight tables of 256 entries, 16 KiB.
struct CRC64Tables: Sendable {
    private let entries: [UInt64]

    init(reflectedPolynomial: UInt64) {
        var entries = [UInt64](repeating: 0, count: 8 * 256)
        for index in 0..<256 {
            var remainder = UInt64(index)
            for _ in 0..<8 {
                remainder = remainder & 1 == 0 ? remainder >> 1 : remainder >> 1 ^ reflectedPolynomial
            }
            entries[index] = remainder
        }
        for index in 256..<entries.count {
            let before = entries[index - 256]
            entries[index] = entries[Int(before & 0xFF)] ^ before >> 8
        }
        self.entries = entries
    }

    /// The register after eight more bytes, `word` being these in little-endian order.
    func advance(_ register: UInt64, by word: UInt64) -> UInt64 {
        let mixed = register ^ word
        var result: UInt64 = 0
        for byte in 0..<8 {
            result ^= entries[(7 - byte) << 8 | Int(mixed >> UInt64(8 * byte) & 0xFF)]
        }
        return result
    }

    /// The register after `bytes`, which are only read.
    func advance(_ register: UInt64, over bytes: UnsafeRawBufferPointer) -> UInt64 {
        var register = register
        let whole = bytes.count & ~7
        for offset in stride(from: 0, to: whole, by: 8) {
            // offset + 8 <= count.
            let word = unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            register = advance(register, by: UInt64(littleEndian: word))
        }
        for offset in whole..<bytes.count {
            let byte = unsafe bytes[offset]
            register = entries[Int(UInt8(truncatingIfNeeded: register) ^ byte)] ^ register >> 8
        }
        return register
    }
}
