/// The writing end of a streamed answer. It is used by one task at a time.
package final class ResponseWriter: Sendable {
    private let accept: @Sendable ([UInt8]) async throws -> Void

    package init(accept: @escaping @Sendable ([UInt8]) async throws -> Void) {
        self.accept = accept
    }

    /// Sends bytes to the client, and waits while more than `ServerConfiguration.streamBufferInBytes` wait for its socket.
    ///
    /// - Throws: `ServerError` when the client left or stopped reading, or when the server stops.
    package func write(_ bytes: [UInt8]) async throws {
        try await accept(bytes)
    }
}
