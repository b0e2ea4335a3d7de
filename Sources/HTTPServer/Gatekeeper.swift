import Glibc
import Synchronization

/// The server's own thread: it lets clients in, cuts those that are too slow, reads on from those that were refused, and
/// in the end closes up.
///
/// `@unchecked`: `daemons`, `listener` and `lingering` are touched before the thread begins and then by the thread alone.
final class Gatekeeper: @unchecked Sendable {
    /// When `stop` was asked for, who waits for its end, and whether that has come.
    private struct Stopping {
        var deadline: Int64?
        var waiters: [CheckedContinuation<Void, Never>] = []
        var isOver = false
    }

    /// A refused client's socket, and when it is closed at the latest.
    private struct Lingerer {
        let socket: Int32
        let deadline: Int64
    }

    /// How long a refused client may go on sending, in milliseconds.
    private static let lingerTime: Int64 = 2000
    /// Clients beyond the limit that may still read their refusal; for one more the oldest is closed.
    private static let mostTurnedAway = 16
    private static let refusal = Array(
        """
        HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n
        """.utf8)

    private let context: ServerContext
    private let limits: ConnectionDeadlines.Limits
    private let stopping = Mutex(Stopping())
    /// Daemons that are to take over.
    private let successors = Mutex<DaemonHandle?>(nil)
    private var daemons: DaemonHandle?
    private var listener: ListeningSocket?
    private var lingering: [Lingerer] = []
    /// No client is accepted before this time, after the system ran out of descriptors or memory.
    private var pausedUntil: Int64 = 0

    init(context: ServerContext, daemons: consuming DaemonHandle, listener: consuming ListeningSocket) {
        self.context = context
        self.daemons = consume daemons
        self.listener = consume listener
        limits = ConnectionDeadlines.Limits(context.configuration)
    }

    /// Starts the thread, which holds the gatekeeper until the server has stopped.
    func start() throws(ServerError) {
        let kept = unsafe Unmanaged.passRetained(self)
        var thread = pthread_t()
        let result = unsafe pthread_create(
            &thread, nil,
            { argument in
                if let argument = unsafe argument {
                    unsafe Unmanaged<Gatekeeper>.fromOpaque(argument).takeRetainedValue().run()
                }
                return nil
            }, kept.toOpaque())
        guard result == 0 else {
            unsafe kept.release()
            daemons.take()?.stop()
            throw ServerError(.cannotStart, "pthread_create: errno \(result)")
        }
        pthread_detach(thread)
    }

    /// Asks for the stop; an earlier deadline wins over a later one.
    func requestStop(grace: Duration) {
        let deadline = MonotonicTime.now() + grace.milliseconds
        stopping.withLock { $0.deadline = min($0.deadline ?? deadline, deadline) }
        context.wake.signal()
    }

    /// New connections go to these from now on, unless the server stops.
    func replaceDaemons(_ daemons: consuming DaemonHandle) {
        var new: DaemonHandle? = consume daemons
        successors.withLock { successors in
            // Two replacements within one look: the first was never used.
            successors.take()?.stop()
            successors = new.take()
        }
        context.wake.signal()
    }

    /// Returns when every connection is closed and libmicrohttpd's threads have ended.
    func waitForEnd() async {
        await withCheckedContinuation { waiter in
            let isOver = stopping.withLock { stopping in
                if !stopping.isOver { stopping.waiters.append(waiter) }
                return stopping.isOver
            }
            if isOver { waiter.resume() }
        }
    }

    // MARK: On the thread

    private func run() {
        var nextCheck = MonotonicTime.now()
        while true {
            let deadline = stopping.withLock { $0.deadline }
            if let deadline {
                if !context.isDraining { drain() }
                if context.exchangesInFlight == 0 || MonotonicTime.now() >= deadline { break }
            }
            wait(until: min(nextCheck, deadline ?? .max))
            takeSuccessors()
            let now = MonotonicTime.now()
            if now >= nextCheck {
                daemons?.stopRetired { context.connections.generations }
                for connection in context.connections.all { connection.check(now: now, limits: limits) }
                nextCheck = now + limits.interval
            }
        }
        closeUp()
    }

    private func takeSuccessors() {
        guard let new = successors.withLock({ $0.take() }) else { return }
        daemons?.replace(with: new)
    }

    /// Waits for clients, for refused clients' bytes, or to be woken, and deals with what came.
    private func wait(until time: Int64) {
        let now = MonotonicTime.now()
        var entries = [pollfd(fd: context.wake.descriptor, events: Int16(POLLIN), revents: 0)]
        let isClosed = isFull && !context.configuration.refusesBeyondLimit
        // poll leaves out entries whose descriptor is negative.
        let listening = isClosed || pausedUntil > now ? -1 : listener?.descriptor ?? -1
        entries.append(pollfd(fd: listening, events: Int16(POLLIN), revents: 0))
        entries += lingering.map { pollfd(fd: $0.socket, events: Int16(POLLIN), revents: 0) }
        _ = unsafe poll(&entries, nfds_t(entries.count), Int32(max(0, min(time - now, 1000))))
        if entries[0].revents != 0 { context.wake.clear() }
        linger(ready: entries.dropFirst(2).map { $0.revents != 0 })
        if entries[1].revents != 0 { accept() }
    }

    private var isFull: Bool { context.connections.count >= context.configuration.maximumConnections }

    /// Lets in those who wait, up to the limit.
    private func accept() {
        for _ in 0..<256 {
            if isFull, !context.configuration.refusesBeyondLimit { return }
            do throws(SystemErrno) {
                guard let socket = try listener?.accept() else { return }
                if isFull {
                    turnAway(socket.descriptor)
                    continue
                }
                let connection = ServerConnection(
                    context: context, socket: socket.descriptor, remoteAddress: socket.host,
                    generation: daemons?.generation ?? 0)
                context.connections.insert(connection, socket: socket.descriptor)
                // What libmicrohttpd does not take it has closed.
                if daemons?.add(socket) != true { context.connectionClosed(socket: socket.descriptor) }
            } catch {
                if [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(error.value) { pausedUntil = MonotonicTime.now() + 100 }
                if ![ECONNABORTED, EINTR].contains(error.value) { return }
            }
        }
    }

    /// Under TLS nothing can be said to it. The answer fits into the socket's buffer. The client may send on for a while, so that it can read it.
    private func turnAway(_ socket: Int32) {
        if context.configuration.identity != nil { return SocketStatus.close(socket) }
        _ = unsafe send(socket, Self.refusal, Self.refusal.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
        shutdown(socket, Int32(SHUT_WR))
        if lingering.count >= Self.mostTurnedAway { SocketStatus.close(lingering.removeFirst().socket) }
        lingering.append(Lingerer(socket: socket, deadline: MonotonicTime.now() + Self.lingerTime))
    }

    /// Reads and drops what refused clients still send; closes those that have finished or have had their time.
    private func linger(ready: [Bool]) {
        let now = MonotonicTime.now()
        var left: [Lingerer] = []
        for (index, lingerer) in lingering.enumerated() {
            let isOver = ready[index] && SocketStatus.discardInput(lingerer.socket)
            if isOver || now >= lingerer.deadline {
                SocketStatus.close(lingerer.socket)
            } else {
                left.append(lingerer)
            }
        }
        let new = context.lingering.withLock { sockets in
            defer { sockets.removeAll() }
            return sockets
        }
        for socket in new {
            if left.count < 64 {
                left.append(Lingerer(socket: socket, deadline: now + Self.lingerTime))
            } else {
                SocketStatus.close(socket)
            }
        }
        lingering = left
    }

    /// Takes no new client, closes idle connections, and tells streams.
    private func drain() {
        listener = nil
        context.startDraining()
        for connection in context.connections.all { connection.drain() }
    }

    /// Ends what is left: resumes every suspended connection with a failure, then stops the daemons. Connections cannot be
    /// suspended again, because their exchanges know of the failure.
    private func closeUp() {
        listener = nil
        context.startDraining()
        for connection in context.connections.all { connection.abort(ServerError(.stopped, "the server stops")) }
        daemons.take()?.stop()
        successors.withLock { $0.take() }?.stop()
        context.connections.removeAll()
        linger(ready: lingering.map { _ in false })
        for lingerer in lingering { SocketStatus.close(lingerer.socket) }
        lingering = []
        context.wake.close()
        let waiters = stopping.withLock { stopping in
            defer { stopping.waiters = [] }
            stopping.isOver = true
            return stopping.waiters
        }
        for waiter in waiters { waiter.resume() }
    }
}
