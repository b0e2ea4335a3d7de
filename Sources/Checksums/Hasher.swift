/// Several checksums over the same bytes in one pass: each piece is read from memory once and then stays in the cache.
///
/// Not named for hash tables: code that imports this room and needs those writes `Swift.Hasher`.
package struct Hasher: ~Copyable {
    /// What it computes.
    package let kinds: ChecksumKinds
    /// Bytes taken in so far.
    package private(set) var countInBytes = 0

    private var crc32c = CRC32C()
    private var crc32 = CRC32()
    private var crc64nvme = CRC64NVME()
    private var sha256: SHA256?
    private var md5: MD5?

    package init(_ kinds: ChecksumKinds) {
        self.kinds = kinds
        sha256 = kinds.contains(.sha256) ? SHA256() : nil
        md5 = kinds.contains(.md5) ? MD5() : nil
    }

    /// Takes in more bytes. They are only read, and not after the call returns.
    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        var rest = unsafe bytes
        while rest.count > 0 {
            let step = unsafe UnsafeRawBufferPointer(rebasing: rest.prefix(Self.stepInBytes))
            unsafe take(step)
            unsafe rest = unsafe UnsafeRawBufferPointer(rebasing: rest.dropFirst(Self.stepInBytes))
        }
    }

    package mutating func update(_ bytes: RawSpan) {
        unsafe bytes.withUnsafeBytes { unsafe update($0) }
    }

    package mutating func update(_ bytes: [UInt8]) {
        unsafe bytes.withUnsafeBytes { unsafe update($0) }
    }

    /// The values of all bytes so far. Only `reset` may follow.
    package mutating func finalize() -> Digests {
        var digests = Digests()
        if kinds.contains(.crc32c) { digests.crc32c = crc32c.value }
        if kinds.contains(.crc32) { digests.crc32 = crc32.value }
        if kinds.contains(.crc64nvme) { digests.crc64nvme = crc64nvme.value }
        digests.sha256 = sha256?.finalize()
        digests.md5 = md5?.finalize()
        return digests
    }

    /// Makes it new again for the same kinds, keeping what it has allocated.
    package mutating func reset() {
        countInBytes = 0
        crc32c.reset()
        crc32.reset()
        crc64nvme.reset()
        sha256?.reset()
        md5?.reset()
    }

    /// Small enough for a level-one cache, large enough that the calls do not count.
    private static let stepInBytes = 32 << 10

    private mutating func take(_ bytes: UnsafeRawBufferPointer) {
        countInBytes += bytes.count
        if kinds.contains(.crc32c) { unsafe crc32c.update(bytes) }
        if kinds.contains(.crc32) { unsafe crc32.update(bytes) }
        if kinds.contains(.crc64nvme) { unsafe crc64nvme.update(bytes) }
        unsafe sha256?.update(bytes)
        unsafe md5?.update(bytes)
    }
}
