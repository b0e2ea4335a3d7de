/// The rules of one request and its answer, between libmicrohttpd's thread, the handler's task and the server's own
/// thread. It does nothing by itself: every function says what its caller has to do.
///
/// "Parked" is a suspended connection. Exactly one function that finds `parked` takes it away and asks for the resume,
/// so a connection is resumed once for each time that it was suspended.
struct ExchangeState {
    enum Phase {
        /// The head or the body comes. libmicrohttpd moves it on when the request is complete.
        case receiving
        /// The handler has the request. The handler's task moves it on.
        case running
        /// The handler has answered, libmicrohttpd has not heard of it. Its thread moves it on.
        case answered(ServerResponse)
        /// libmicrohttpd sends. It moves it on when the last byte is with the kernel, or the client left.
        case sending
        /// libmicrohttpd is done with the request, and its connection must not be touched any more. Final.
        case ended
    }

    /// What `settle` asks for.
    enum Settlement {
        case queue(ServerResponse)
        case park
        case drop
    }

    /// What `answer` asks for.
    enum Delivery {
        case resume
        case wait
        case discard
    }

    /// What `read` asks for.
    enum Reading: Equatable {
        case bytes(Int)
        case park
        case complete
        case fail
    }

    /// What `write` asks for.
    enum Writing: Equatable {
        case accepted
        case wait
        case fail(ServerError)
    }

    typealias Writer = CheckedContinuation<ServerError?, Never>

    /// What is to be done after the lock was left.
    struct Farewell {
        var writers: [Writer] = []
        var unsent: ServerResponse?
        var task: Task<Void, Never>?
    }

    /// Bytes above which a writer waits, until half of them have gone.
    let streamLimit: Int
    private(set) var phase = Phase.receiving
    /// Why the exchange was given up, if it was; everything that happens later fails with it.
    private(set) var failure: ServerError?
    private(set) var isStreaming = false
    private var parked = false
    private var buffer = StreamBuffer()
    private var writers: [Writer] = []
    private var streamEnd: Result<Void, ServerError>?
    private var task: Task<Void, Never>?

    init(streamLimit: Int) {
        self.streamLimit = streamLimit
    }

    // MARK: The request and its answer

    /// The request is complete, its handler is about to run.
    mutating func run() {
        phase = .running
    }

    /// Keeps the handler's task, to cancel it when its answer is of no use any more.
    ///
    /// - Returns: false when that is so already, and the caller has to cancel it.
    mutating func keep(_ task: Task<Void, Never>) -> Bool {
        if case .ended = phase { return false }
        guard failure == nil else { return false }
        self.task = task
        return true
    }

    /// libmicrohttpd asks what to do with a complete request. Its thread only.
    mutating func settle() -> Settlement {
        if failure != nil { return .drop }
        switch phase {
        case .answered(let response):
            phase = .sending
            return .queue(response)
        case .running:
            parked = true
            return .park
        case .receiving, .sending, .ended:
            return .drop
        }
    }

    /// The handler has answered.
    mutating func answer(_ response: ServerResponse) -> Delivery {
        if case .ended = phase { return .discard }
        guard failure == nil else { return .discard }
        phase = .answered(response)
        if case .stream = response.body { isStreaming = true }
        return unpark() ? .resume : .wait
    }

    // MARK: The stream

    /// libmicrohttpd wants at most `maximum` bytes. Its thread only.
    ///
    /// - Parameter freed: the writers that may go on, to be resumed after the lock was left.
    mutating func read(
        _ maximum: Int, freed: inout [Writer], _ body: (ArraySlice<UInt8>, Int) -> Void
    ) -> Reading {
        if failure != nil { return .fail }
        let taken = buffer.take(maximum, body)
        if buffer.count <= streamLimit / 2 {
            freed = writers
            writers = []
        }
        if taken > 0 { return .bytes(taken) }
        switch streamEnd {
        case .success: return .complete
        case .failure: return .fail
        case nil:
            parked = true
            return .park
        }
    }

    /// Takes bytes for the socket.
    mutating func write(_ bytes: [UInt8], resume: inout Bool) -> Writing {
        if let refusal { return .fail(refusal) }
        buffer.append(bytes)
        if !bytes.isEmpty { resume = unpark() }
        return buffer.count > streamLimit ? .wait : .accepted
    }

    /// Lets a writer wait.
    ///
    /// - Returns: its outcome if it need not wait any more; then it was not kept.
    mutating func wait(_ writer: Writer) -> Writing {
        if let refusal { return .fail(refusal) }
        guard buffer.count > streamLimit / 2 else { return .accepted }
        writers.append(writer)
        return .wait
    }

    /// The stream's closure has returned or thrown.
    ///
    /// - Returns: whether the connection is to be resumed.
    mutating func endStream(_ end: Result<Void, ServerError>) -> Bool {
        if streamEnd == nil { streamEnd = end }
        return unpark()
    }

    // MARK: The end

    /// The exchange is given up: the client is gone, or the server stops. libmicrohttpd then hears of a failure the next
    /// time that it asks.
    mutating func abort(_ error: ServerError, resume: inout Bool) -> Farewell {
        if case .ended = phase { return Farewell() }
        guard failure == nil else { return Farewell() }
        failure = error
        resume = unpark()
        return farewell()
    }

    /// libmicrohttpd is done with the request.
    mutating func end(_ error: ServerError) -> Farewell {
        precondition(!parked, "libmicrohttpd ended a request whose connection is suspended")
        if case .ended = phase { return Farewell() }
        if failure == nil { failure = error }
        var farewell = farewell()
        if case .answered(let response) = phase { farewell.unsent = response }
        phase = .ended
        return farewell
    }

    /// The task, so that a stream may be told that the server stops while its writes still go through.
    func streamTask() -> Task<Void, Never>? {
        isStreaming && streamEnd == nil ? task : nil
    }

    private mutating func farewell() -> Farewell {
        let farewell = Farewell(writers: writers, task: streamEnd == nil ? task : nil)
        writers = []
        task = nil
        buffer.removeAll()
        return farewell
    }

    private var refusal: ServerError? {
        if let failure { return failure }
        if streamEnd != nil { return ServerError(.clientLeft, "the stream has ended") }
        return nil
    }

    private mutating func unpark() -> Bool {
        defer { parked = false }
        return parked
    }
}
