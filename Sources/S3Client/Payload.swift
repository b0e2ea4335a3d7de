package import Model

/// The body of one object or part, with what was computed over it.
package struct Payload: Sendable {
    package enum Source: Sendable {
        case bytes([UInt8])
        /// A range of an open file. The caller keeps the descriptor open until the operation has returned; its file
        /// position is not moved.
        case file(descriptor: Int32, range: ByteRange)
    }

    package var source: Source
    /// Sent in a header; nil for none.
    package var checksum: Checksum?
    /// The body's SHA-256, 32 bytes, to be covered by the signature; nil: `UNSIGNED-PAYLOAD`.
    package var sha256: [UInt8]?

    package init(_ source: Source, checksum: Checksum? = nil, sha256: [UInt8]? = nil) {
        self.source = source
        self.checksum = checksum
        self.sha256 = sha256
    }

    package var sizeInBytes: Int64 {
        switch source {
        case .bytes(let bytes): Int64(bytes.count)
        case .file(_, let range): range.count
        }
    }
}
