import Checksums
import Testing

/// Properties over random bytes; a failure prints the seed that made them.
@Suite struct HasherPropertyTests {
    private static let all: ChecksumKinds = [.crc32c, .crc32, .crc64nvme, .sha256, .md5]
    private static let crcs: ChecksumKinds = [.crc32c, .crc32, .crc64nvme]

    @Test(arguments: UInt64(1)...20)
    func chunkBordersNeverChangeTheValues(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let bytes = random.bytes(count: Int.random(in: 0...100_000, using: &random))
        var whole = Checksums.Hasher(Self.all)
        whole.update(bytes)
        var pieces = Checksums.Hasher(Self.all)
        var start = 0
        while start < bytes.count {
            let end = min(
                bytes.count, start + Int.random(in: 0...(seed.isMultiple(of: 2) ? 200 : 50_000), using: &random))
            pieces.update(Array(bytes[start..<end]))
            start = end
        }
        #expect(whole.countInBytes == bytes.count && pieces.countInBytes == bytes.count, "seed \(seed)")
        #expect(whole.finalize() == pieces.finalize(), "seed \(seed)")
    }

    @Test(arguments: UInt64(1)...20)
    func combiningIsConcatenating(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let first = random.bytes(count: Int.random(in: 0...5000, using: &random))
        let second = random.bytes(count: seed == 1 ? 0 : Int.random(in: 0...70_000, using: &random))
        let both = digests(first + second)
        let found = combined(digests(first), digests(second), lengthOfB: second.count)
        #expect(found == both, "seed \(seed)")
    }

    /// A register shifted bit by bit agrees with every fast path, at each length around the block sizes.
    @Test func everyLengthAgreesWithTheBitwiseDefinition() {
        var random = SeededGenerator(seed: 7)
        let bytes = random.bytes(count: 700)
        for count in 0...bytes.count {
            let piece = Array(bytes[..<count])
            let found = digests(piece)
            #expect(found.crc32c == bitwise(piece, polynomial: UInt32(0x82F6_3B78)), "\(count) bytes")
            #expect(found.crc32 == bitwise(piece, polynomial: UInt32(0xEDB8_8320)), "\(count) bytes")
            #expect(found.crc64nvme == bitwise(piece, polynomial: UInt64(0x9A6C_9329_AC4B_C9B5)), "\(count) bytes")
        }
    }

    @Test func onlyWhatWasAskedForIsThere() {
        var hasher = Checksums.Hasher([.crc32c, .md5])
        hasher.update([1])
        let found = hasher.finalize()
        #expect(found[.crc32c]?.count == 4 && found[.md5]?.count == 16)
        #expect(found[.crc32] == nil && found[.crc64nvme] == nil && found[.sha256] == nil)
        #expect(found.base64(.crc32c) == "oBbQUg==")
    }

    @Test func aHasherIsNewAfterReset() {
        var hasher = Checksums.Hasher(Self.all)
        hasher.update([9, 9, 9])
        _ = hasher.finalize()
        hasher.reset()
        hasher.update([1, 2, 3])
        #expect(hasher.countInBytes == 3)
        #expect(hasher.finalize() == digests([1, 2, 3], Self.all))
    }

    private func digests(_ bytes: [UInt8], _ kinds: ChecksumKinds = crcs) -> Digests {
        var hasher = Checksums.Hasher(kinds)
        hasher.update(bytes)
        return hasher.finalize()
    }

    private func combined(_ a: Digests, _ b: Digests, lengthOfB: Int) -> Digests? {
        var result = Digests()
        guard let a32c = a.crc32c, let b32c = b.crc32c, let a32 = a.crc32, let b32 = b.crc32,
            let a64 = a.crc64nvme, let b64 = b.crc64nvme
        else { return nil }
        result.crc32c = CRC32C.combine(a32c, b32c, lengthOfB: lengthOfB)
        result.crc32 = CRC32.combine(a32, b32, lengthOfB: lengthOfB)
        result.crc64nvme = CRC64NVME.combine(a64, b64, lengthOfB: lengthOfB)
        return result
    }

    private func bitwise<Value: FixedWidthInteger & UnsignedInteger>(_ bytes: [UInt8], polynomial: Value) -> Value {
        var register = Value.max
        for byte in bytes {
            register ^= Value(byte)
            for _ in 0..<8 { register = register & 1 == 0 ? register >> 1 : register >> 1 ^ polynomial }
        }
        return ~register
    }
}
