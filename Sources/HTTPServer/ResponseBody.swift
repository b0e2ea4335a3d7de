/// The bytes of an answer. For HEAD none is sent: a file is closed, a stream's closure is not called.
package enum ResponseBody: Sendable {
    case empty
    case bytes([UInt8])
    /// A range of a regular file, sent by sendfile. The server takes the descriptor over and closes it in every case.
    /// A file that turns out shorter than `offset + count` cuts the connection.
    case file(descriptor: Int32, offset: Int64, count: Int64)
    /// Chunked, of unknown length. It ends when the closure returns; throwing cuts the connection, so that the client
    /// sees an incomplete message.
    case stream(@Sendable (ResponseWriter) async throws -> Void)

    /// Gives up what a body holds when it is not sent.
    func discard() {
        if case .file(let descriptor, _, _) = self { SocketStatus.close(descriptor) }
    }
}
