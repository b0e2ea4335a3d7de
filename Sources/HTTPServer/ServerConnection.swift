import Glibc
import Synchronization

/// One client's connection: its socket, its deadlines, and the request that it carries at the moment.
///
/// libmicrohttpd's thread moves it on; the server's own thread looks at it for deadlines and shuts its socket down. The
/// socket is closed by libmicrohttpd after `close`, so it is only touched under the lock and not after that.
final class ServerConnection: Sendable {
    private struct State {
        var socket: Int32
        var deadlines: ConnectionDeadlines
        var exchange: ServerExchange?
        var aborted: ServerError?
        var isLate = false
        /// What the connection was doing when the client was first seen to have left. It is cut when nothing has moved by
        /// the next look, so that a client that closes its side right after a request still gets its answer.
        var ended: ConnectionDeadlines?
    }

    let context: ServerContext
    let remoteAddress: String
    /// Of the daemons that have it.
    let generation: Int
    private let state: Mutex<State>

    init(context: ServerContext, socket: Int32, remoteAddress: String, generation: Int) {
        self.context = context
        self.remoteAddress = remoteAddress
        self.generation = generation
        state = Mutex(State(socket: socket, deadlines: ConnectionDeadlines(now: MonotonicTime.now())))
    }

    // MARK: On libmicrohttpd's thread

    /// A request line has come.
    func begin(_ exchange: ServerExchange) {
        let now = MonotonicTime.now()
        let aborted = state.withLock { state in
            state.exchange = exchange
            state.deadlines.enter(.head, now: now)
            return state.aborted
        }
        // Orders: `abort` before this finds no exchange, and leaves the reason here; after it, it finds the exchange.
        if let aborted { exchange.abort(aborted) }
    }

    func enter(_ activity: ConnectionDeadlines.Activity) {
        let now = MonotonicTime.now()
        state.withLock { $0.deadlines.enter(activity, now: now) }
    }

    func receive(_ count: Int) {
        state.withLock { $0.deadlines.receive(count) }
    }

    /// The request is done with.
    ///
    /// - Parameter isLate: libmicrohttpd cut it because the client stopped reading.
    /// - Returns: why it ended, if it ended early.
    func end(isLate: Bool) -> ServerError {
        let now = MonotonicTime.now()
        return state.withLock { state in
            state.exchange = nil
            state.deadlines.enter(.waiting(began: nil), now: now)
            if state.isLate { return ServerError(.timedOut, "the request came too slowly") }
            if isLate { return ServerError(.timedOut, "the client stopped reading") }
            return state.aborted ?? ServerError(.clientLeft, "the client closed the connection")
        }
    }

    /// libmicrohttpd is about to close the socket.
    func close() {
        state.withLock { $0.socket = -1 }
    }

    /// Another descriptor of the socket, to read on after libmicrohttpd has closed its own; nil if there is none.
    func duplicateSocket() -> Int32? {
        state.withLock { state in
            guard state.socket >= 0 else { return nil }
            let copy = fcntl(state.socket, F_DUPFD_CLOEXEC, 0)
            return copy < 0 ? nil : copy
        }
    }

    // MARK: On the server's own thread

    /// Cuts the connection if a deadline has passed, and gives its request up if the client has reset it meanwhile.
    func check(now: Int64, limits: ConnectionDeadlines.Limits) {
        let abandoned: ServerExchange? = state.withLock { state in
            guard state.socket >= 0 else { return nil }
            if state.deadlines.activity == .answering {
                return SocketStatus.isReset(state.socket) ? state.exchange : nil
            }
            if state.deadlines.activity == .waiting(began: nil),
                SocketStatus.hasReceived(
                    state.socket, within: now - state.deadlines.since, isFresh: state.deadlines.isFresh)
            {
                state.deadlines.noteBytes(now: now)
            }
            let hasLeft = SocketStatus.hasLeft(state.socket)
            if hasLeft, state.ended == state.deadlines {
                shutdown(state.socket, Int32(SHUT_RDWR))
            } else if state.deadlines.isLate(now: now, limits: limits) {
                state.isLate = true
                shutdown(state.socket, Int32(SHUT_RDWR))
            }
            state.ended = hasLeft ? state.deadlines : nil
            return nil
        }
        abandoned?.abort(ServerError(.clientLeft, "the client reset the connection"))
    }

    /// The server begins to stop: closes the connection unless it carries a request.
    func drain() {
        let exchange = state.withLock { state in
            if state.exchange == nil, state.socket >= 0 { shutdown(state.socket, Int32(SHUT_RDWR)) }
            return state.exchange
        }
        exchange?.drain()
    }

    /// Gives up the request that it carries, and every later one.
    func abort(_ error: ServerError) {
        let exchange = state.withLock { state in
            state.aborted = error
            return state.exchange
        }
        exchange?.abort(error)
    }
}
