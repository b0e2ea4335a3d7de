/// A range of an open file that is sent as a request's body, read by `pread` while it is sent.
///
/// The caller keeps the descriptor open until `Transport.perform` has returned; its file position is not moved.
package struct FileBody: Sendable {
    package var descriptor: Int32
    package var offsetInBytes: Int64
    /// Exactly so many bytes are announced and sent. A file that ends before is a `.sourceRead` error.
    package var sizeInBytes: Int64

    package init(descriptor: Int32, offsetInBytes: Int64, sizeInBytes: Int64) {
        self.descriptor = descriptor
        self.offsetInBytes = offsetInBytes
        self.sizeInBytes = sizeInBytes
    }
}
