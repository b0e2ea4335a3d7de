/// A checksum that is fed in pieces of any size; the pieces' borders never change the result.
package protocol IncrementalDigest: ~Copyable {
    /// Takes in more bytes. They are only read, and not after the call returns.
    mutating func update(_ bytes: UnsafeRawBufferPointer)

    /// The value of all bytes so far, in network byte order as S3 writes it. Ends the digest: only `reset` may follow.
    mutating func finalize() -> [UInt8]

    /// Makes it new again, keeping what it has allocated.
    mutating func reset()
}

extension IncrementalDigest where Self: ~Copyable {
    package mutating func update(_ bytes: RawSpan) {
        unsafe bytes.withUnsafeBytes { unsafe update($0) }
    }

    package mutating func update(_ bytes: [UInt8]) {
        unsafe bytes.withUnsafeBytes { unsafe update($0) }
    }
}
