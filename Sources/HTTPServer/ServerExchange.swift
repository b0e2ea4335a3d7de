import CMicrohttpd
import HTTPTypes
import Synchronization

/// One request and its answer. Here libmicrohttpd's thread and the handler's task meet.
///
/// libmicrohttpd calls `begin`, `receive`, `complete`, `read` and `end`, always on the one thread that owns the
/// connection. What needs no lock is in `Inbound`, and only those functions touch it. All that the task and the server's
/// own thread also touch is in `state`. libmicrohttpd is asked to suspend and to resume under the lock of `state`, so
/// that no thread can be between the decision and the call; it never calls us while it holds its own lock.
///
/// `@unchecked`: `pointer` is valid until `end`, and `state` says when that was; `inbound` belongs to libmicrohttpd's thread.
@safe final class ServerExchange: @unchecked Sendable {
    /// What libmicrohttpd's thread collects before the handler runs.
    struct Inbound {
        /// Whether `begin` was called.
        var hasBegun = false
        var head: HTTPRequest?
        var plan = BodyPlan.collect(limitInBytes: 0)
        var body: [UInt8] = []
        /// The sink still waits for its `finish`.
        var sink: (any BodySink)?
        /// Set when no byte of the body may be read; answered when the request is complete.
        var refusal: ServerResponse?
    }

    let connection: ServerConnection
    let pointer: OpaquePointer
    /// The request target as it came.
    let target: String
    let state: Mutex<ExchangeState>
    var inbound = Inbound()
    /// Set before the handler's task begins and never again.
    var isHead = false

    init(connection: ServerConnection, pointer: OpaquePointer, target: String) {
        self.connection = connection
        unsafe self.pointer = unsafe pointer
        self.target = target
        state = Mutex(ExchangeState(streamLimit: connection.context.configuration.streamBufferInBytes))
    }

    // MARK: On libmicrohttpd's thread

    /// The head is complete: chooses what happens to the body.
    func begin(method: String, version: String) -> MHD_Result {
        inbound.hasBegun = true
        let reading = readHead(method: method, version: version)
        inbound.head = reading.request
        let context = connection.context
        if let fault = reading.fault {
            return refuse(with: context.handler.refusal(fault, of: reading.request), framing: reading.framing)
        }
        let plan = context.handler.plan(reading.request)
        inbound.plan = plan
        switch plan {
        case .refuse(let response):
            return refuse(with: response, framing: reading.framing)
        case .collect(let limit):
            if case .length(let length) = reading.framing.body {
                if length > UInt64(max(0, limit)) {
                    let response = context.handler.refusal(.contentTooLarge, of: reading.request)
                    return refuse(with: response, framing: reading.framing)
                }
                inbound.body.reserveCapacity(Int(min(length, 1 << 20)))
            }
        case .stream(let sink):
            inbound.sink = sink
        }
        connection.enter(.body(received: 0))
        return .YES
    }

    /// The next bytes of the body.
    func receive(_ bytes: UnsafeRawBufferPointer) -> MHD_Result {
        connection.receive(bytes.count)
        switch inbound.plan {
        case .collect(let limit):
            guard inbound.body.count + bytes.count <= limit else { return .NO }
            unsafe inbound.body.append(contentsOf: bytes)
        case .stream:
            guard let sink = inbound.sink else { break }
            do {
                unsafe try sink.receive(bytes)
            } catch {
                inbound.sink = nil
                sink.finish(error: error)
            }
        case .refuse:
            break
        }
        return .YES
    }

    /// The request is complete, or the connection was resumed with an answer.
    func complete() -> MHD_Result {
        if let head = inbound.head {
            inbound.head = nil
            start(head)
        }
        let settlement = state.withLock { state in
            let settlement = state.settle()
            if case .park = settlement { unsafe MHD_suspend_connection(pointer) }
            return settlement
        }
        switch settlement {
        case .queue(let response): return queue(response)
        case .park: return .YES
        case .drop: return .NO
        }
    }

    /// libmicrohttpd is done with the request, for better or worse; `pointer` is not valid after this.
    func end(_ code: MHD_RequestTerminationCode) {
        let error = connection.end(isLate: code == .REQUEST_TERMINATED_TIMEOUT_REACHED)
        let farewell = state.withLock { $0.end(error) }
        if let sink = inbound.sink {
            inbound.sink = nil
            sink.finish(error: error)
        }
        part(farewell, error)
        connection.context.exchangeEnded()
    }

    /// Hands the complete request to the handler. Its task runs on this thread up to its first suspension, so that an
    /// answer that needs no waiting costs no change of threads and no suspended connection.
    private func start(_ head: HTTPRequest) {
        connection.enter(.answering)
        if let response = inbound.refusal {
            inbound.refusal = nil
            state.withLock { $0.run() }
            run { _ in response }
            return
        }
        var sink: (any BodySink)?
        if case .stream(let chosen) = inbound.plan { sink = chosen }
        if let unfinished = inbound.sink {
            inbound.sink = nil
            unfinished.finish(error: nil)
        }
        let request = ServerRequest(head: head, body: inbound.body, remoteAddress: connection.remoteAddress)
        inbound.body = []
        state.withLock { $0.run() }
        run { [sink] handler in await handler.respond(to: request, sink: sink) }
    }

    /// The one place where a task begins.
    private func run(_ respond: @escaping @Sendable (any RequestHandler) async -> ServerResponse) {
        let task = Task.immediate(priority: .high) {
            let response = await respond(self.connection.context.handler)
            await self.deliver(response)
        }
        if !state.withLock({ $0.keep(task) }) { task.cancel() }
        // Orders: the server began to stop before the task was kept, and could not tell it; or after, and has told it.
        if connection.context.isDraining { drain() }
    }

    /// Answers without reading the body.
    private func refuse(with response: ServerResponse, framing: RequestFraming) -> MHD_Result {
        inbound.plan = .refuse(response)
        guard framing.body != .none || framing.fault != nil else {
            // libmicrohttpd closes a connection that it is given an answer for at this point, so it is given later.
            inbound.refusal = response
            connection.enter(.body(received: 0))
            return .YES
        }
        inbound.head = nil
        connection.enter(.answering)
        if framing.body != .none { linger() }
        state.withLock { $0.run() }
        run { _ in response }
        return complete()
    }

    /// Lets the server's own thread take what the client goes on sending.
    private func linger() {
        let context = connection.context
        guard let copy = connection.duplicateSocket() else { return }
        let isKept = context.lingering.withLock { sockets in
            guard sockets.count < 64 else { return false }
            sockets.append(copy)
            return true
        }
        if isKept { context.wake.signal() } else { SocketStatus.close(copy) }
    }

    // MARK: On any thread

    /// Gives the exchange up; libmicrohttpd closes the connection the next time that it asks.
    func abort(_ error: ServerError) {
        let farewell = state.withLock { state in
            var resume = false
            let farewell = state.abort(error, resume: &resume)
            if resume { unsafe MHD_resume_connection(pointer) }
            return farewell
        }
        part(farewell, error)
    }

    /// Tells a stream that the server stops, by cancelling its task; what it still writes goes through.
    func drain() {
        state.withLock { $0.streamTask() }?.cancel()
    }

    /// Does what the end of an exchange leaves to do.
    func part(_ farewell: ExchangeState.Farewell, _ error: ServerError) {
        for writer in farewell.writers { writer.resume(returning: error) }
        farewell.unsent?.body.discard()
        farewell.task?.cancel()
    }
}
