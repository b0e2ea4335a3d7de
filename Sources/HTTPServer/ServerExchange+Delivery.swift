import CMicrohttpd
import HTTPTypes
import Synchronization

/// From the handler's task to libmicrohttpd: the answer and the bytes of a stream.
extension ServerExchange {
    /// Hands the answer over, and runs the closure of a stream to its end. In the handler's task.
    func deliver(_ response: ServerResponse) async {
        let delivery = state.withLock { state in
            let delivery = state.answer(response)
            if delivery == .resume { unsafe MHD_resume_connection(pointer) }
            return delivery
        }
        guard delivery != .discard else { return response.body.discard() }
        guard case .stream(let produce) = response.body, !isHead else { return }
        // A server that began to stop before this was a stream has not told it.
        if connection.context.isDraining { drain() }
        do {
            try await produce(ResponseWriter { bytes in try await self.write(bytes) })
            endStream(.success(()))
        } catch {
            endStream(.failure(ServerError(.clientLeft, "the stream was cut")))
        }
    }

    /// Takes bytes of the stream, and waits while too many wait for the socket. In the handler's task.
    private func write(_ bytes: [UInt8]) async throws(ServerError) {
        let writing = state.withLock { state in
            var resume = false
            let writing = state.write(bytes, resume: &resume)
            if resume { unsafe MHD_resume_connection(pointer) }
            return writing
        }
        switch writing {
        case .accepted: return
        case .fail(let error): throw error
        case .wait: break
        }
        let error: ServerError? = await withCheckedContinuation { writer in
            switch state.withLock({ $0.wait(writer) }) {
            case .wait: break
            case .accepted: writer.resume(returning: nil)
            case .fail(let error): writer.resume(returning: error)
            }
        }
        if let error { throw error }
    }

    private func endStream(_ end: Result<Void, ServerError>) {
        state.withLock { state in
            if state.endStream(end) { unsafe MHD_resume_connection(pointer) }
        }
    }

    /// libmicrohttpd wants bytes of the stream, on its thread: fills the buffer, or suspends the connection until there are
    /// some.
    ///
    /// - Returns: what a content reader callback returns (libmicrohttpd manual, MHD_ContentReaderCallback).
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        var freed: [ExchangeState.Writer] = []
        let reading = state.withLock { state in
            let reading = state.read(buffer.count, freed: &freed) { piece, place in
                unsafe piece.withUnsafeBytes {
                    unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[place...]).copyMemory(from: $0)
                }
            }
            if reading == .park { unsafe MHD_suspend_connection(pointer) }
            return reading
        }
        for writer in freed { writer.resume(returning: nil) }
        switch reading {
        case .bytes(let count): return count
        case .park: return 0
        case .complete: return MHD_CONTENT_READER_END_OF_STREAM
        case .fail: return MHD_CONTENT_READER_END_WITH_ERROR
        }
    }

    /// Gives libmicrohttpd the answer, on its thread.
    func queue(_ response: ServerResponse) -> MHD_Result {
        guard response.body.isComplete else {
            response.body.discard()
            return queue(ServerResponse(status: .internalServerError))
        }
        guard let handle = unsafe makeHandle(response) else {
            response.body.discard()
            return .NO
        }
        defer { unsafe MHD_destroy_response(handle) }
        for field in response.headerFields where !Self.isOurs(field.name) {
            // libmicrohttpd refuses what would break the framing; such a field is left out.
            _ = unsafe MHD_add_response_header(handle, field.name.rawName, field.value)
        }
        if connection.context.isDraining { _ = unsafe MHD_add_response_header(handle, "Connection", "close") }
        return unsafe MHD_queue_response(pointer, UInt32(response.status.code), handle)
    }

    /// The fields that follow from the body.
    private static func isOurs(_ name: HTTPField.Name) -> Bool {
        name == .contentLength || name == .transferEncoding
    }

    /// An answer as libmicrohttpd holds it; it owns the body from then on. Nil if there is no memory.
    private func makeHandle(_ response: ServerResponse) -> OpaquePointer? {
        switch response.body {
        case .empty:
            let length = isHead ? response.headerFields[.contentLength].flatMap { UInt64($0) } ?? 0 : 0
            guard length > 0 else { return unsafe MHD_create_response_from_buffer(0, nil, .RESPMEM_PERSISTENT) }
            // Only its length is sent, never a byte.
            return unsafe MHD_create_response_from_callback(
                length, 1, { _, _, _, _ in MHD_CONTENT_READER_END_WITH_ERROR }, nil, nil)
        case .bytes(let bytes):
            return unsafe bytes.withUnsafeBytes { bytes in
                unsafe MHD_create_response_from_buffer(
                    bytes.count, UnsafeMutableRawPointer(mutating: bytes.baseAddress), .RESPMEM_MUST_COPY)
            }
        case .file(let descriptor, _, 0):
            SocketStatus.close(descriptor)
            return unsafe MHD_create_response_from_buffer(0, nil, .RESPMEM_PERSISTENT)
        case .file(let descriptor, let offset, let count):
            return unsafe MHD_create_response_from_fd_at_offset64(UInt64(count), descriptor, UInt64(offset))
        case .disconnect:
            return nil
        case .stream where isHead:
            // libmicrohttpd would end an empty chunked body all the same; this form has no length and closes.
            let handle = unsafe MHD_create_response_from_callback(
                .max, 1, { _, _, _, _ in MHD_CONTENT_READER_END_WITH_ERROR }, nil, nil)
            if let handle = unsafe handle { unsafe cmhd_close_delimited(handle) }
            return unsafe handle
        case .stream:
            // The block is used for bodies of known length and for clients of HTTP/1.0; chunks are made in the
            // connection's memory.
            let length = response.headerFields[.contentLength].flatMap { UInt64($0) }
            return unsafe MHD_create_response_from_callback(
                length ?? .max, length == nil ? 4096 : 32 << 10,
                { context, _, buffer, size in
                    guard let context = unsafe context else { return MHD_CONTENT_READER_END_WITH_ERROR }
                    let exchange = unsafe Unmanaged<ServerExchange>.fromOpaque(context).takeUnretainedValue()
                    return unsafe exchange.read(into: UnsafeMutableRawBufferPointer(start: buffer, count: size))
                }, Unmanaged.passRetained(self).toOpaque(),
                { context in unsafe context.map { unsafe Unmanaged<ServerExchange>.fromOpaque($0).release() } })
        }
    }
}
