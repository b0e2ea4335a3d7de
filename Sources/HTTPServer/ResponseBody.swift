import Glibc

/// The bytes of an answer. For HEAD none is sent: a file is closed, a stream's closure is not called.
package enum ResponseBody: Sendable {
    case empty
    case bytes([UInt8])
    /// A range of a regular file, sent by sendfile. The server takes the descriptor over and closes it in every case.
    /// A file that is shorter than `offset + count` is answered with 500; one that is cut short while it is sent
    /// leaves its client with an incomplete message, and the connection closes after the idle time-out.
    case file(descriptor: Int32, offset: Int64, count: Int64)
    /// Chunked, of unknown length, unless the header fields tell its `Content-Length`: then as it is, and the closure
    /// writes exactly so many bytes. It ends when the closure returns; throwing cuts the connection, so that the client
    /// sees an incomplete message.
    case stream(@Sendable (ResponseWriter) async throws -> Void)
    /// No answer at all: the connection ends, as that of a server that died.
    case disconnect

    /// Gives up what a body holds when it is not sent.
    func discard() {
        if case .file(let descriptor, _, _) = self { close(descriptor) }
    }

    /// Whether the body has the length that it promises.
    var isComplete: Bool {
        guard case .file(let descriptor, let offset, let count) = self else { return true }
        var status = stat()
        guard offset >= 0, count >= 0, unsafe fstat(descriptor, &status) == 0 else { return false }
        let (end, overflows) = offset.addingReportingOverflow(count)
        return !overflows && end <= status.st_size
    }
}
