/// SHA-256 (FIPS 180-4), by OpenSSL.
package struct SHA256: IncrementalDigest, ~Copyable {
    private var digest: Digest

    package init() {
        digest = Digest(.sha256)
    }

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        unsafe digest.update(bytes)
    }

    package mutating func finalize() -> [UInt8] {
        digest.finalize()
    }

    package mutating func reset() {
        digest.reset()
    }

    /// The value of bytes that are all here.
    package static func hash(_ bytes: [UInt8]) -> [UInt8] {
        var whole = SHA256()
        whole.update(bytes)
        return whole.finalize()
    }
}
