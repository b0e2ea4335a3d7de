/// MD5 (RFC 1321), for Content-MD5 and S3's ETags of single-part objects; no protection against malice, by OpenSSL.
package struct MD5: IncrementalDigest, ~Copyable {
    private var digest: Digest

    package init() {
        digest = Digest(.md5)
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
        var whole = MD5()
        whole.update(bytes)
        return whole.finalize()
    }
}
