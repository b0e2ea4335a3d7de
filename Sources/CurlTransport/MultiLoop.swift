import CCurl
import CLinux
import Glibc

/// One thread that moves up to 256 exchanges with epoll and `curl_multi_socket_action` (libcurl-multi manual page).
///
/// Everything here is confined to that thread: `init` runs before it starts, and tasks reach it through the mailbox
/// alone. libcurl calls back on the same thread, from inside its functions.
@safe
final class MultiLoop {
    let mailbox: Mailbox
    let configuration: TransportConfiguration
    let multi: MultiHandle
    /// Fixed host and port pairs for every handle, or nil; freed in `deinit`.
    let connectTo: UnsafeMutablePointer<curl_slist>?
    /// CLOCK_MONOTONIC in ns, renewed whenever the loop wakes; libcurl's callbacks read it through their transfers.
    let clock: UnsafeMutablePointer<Int64>
    private let ready: UnsafeMutablePointer<clinux_ready>
    private let epoll: Int32

    /// All handles ever made, by their index, and those that are free, newest last: few handles stay warm.
    var handles: [EasyHandle] = []
    var freeHandles: [Int] = []
    var backlog = Backlog()
    var interest = InterestTable(readable: UInt32(clinux_readable))
    /// When libcurl wants to be called for its timers, or `Int64.max`.
    var timerDue = Int64.max
    /// When the next exchange may be out of time, or `Int64.max`. Too early is harmless.
    var watchDue = Int64.max
    private var letters: [Letter] = []
    private var stopWaiters: [CheckedContinuation<Void, Never>] = []
    private var isStopping = false

    init(configuration: TransportConfiguration, mailbox: Mailbox) throws(TransportError) {
        self.mailbox = mailbox
        self.configuration = configuration
        multi = try MultiHandle(connections: configuration.connectionsPerLoop)
        epoll = clinux_epoll_create()
        unsafe clock = .allocate(capacity: 1)
        unsafe clock.initialize(to: clinux_monotonic())
        unsafe ready = .allocate(capacity: Int(clinux_ready_capacity))
        unsafe connectTo = configuration.connectTo.reduce(nil) { unsafe curl_slist_append($0, $1) ?? $0 }
        guard epoll >= 0 else {
            throw TransportError(code: .other, errno: Int(errno), message: "epoll_create1 failed")
        }
        watchSocketsAndTimer()
        clinux_epoll_set(epoll, mailbox.descriptor, 0, UInt32(clinux_readable))
    }

    deinit {
        handles = []
        unsafe curl_slist_free_all(connectTo)
        unsafe clock.deallocate()
        unsafe ready.deallocate()
        if epoll >= 0 { close(epoll) }
    }

    var now: Int64 { unsafe clock.pointee }

    /// Until a stop letter comes. Returns who waits for the end.
    func run() -> [CheckedContinuation<Void, Never>] {
        while true {
            readLetters()
            if isStopping { break }
            if timerDue <= now {
                timerDue = .max
                act(on: CURL_SOCKET_TIMEOUT, 0)
                finishDone()
            }
            if watchDue <= now { endOverdue() }
            sleepAndServe()
        }
        endAll(.stopped, "the transport was stopped")
        return stopWaiters
    }

    private func readLetters() {
        mailbox.take(into: &letters)
        // No letter was posted after this moment: an exchange's time must not begin before it was asked for.
        if !letters.isEmpty { renewClock() }
        for letter in letters {
            switch letter {
            case .start(let pending, let continuation): start(pending, continuation)
            case .cancel(let pending): cancel(pending)
            case .stop(let continuation):
                isStopping = true
                if let continuation { stopWaiters.append(continuation) }
            }
        }
        letters.removeAll(keepingCapacity: true)
        // A cancel may have freed a handle, and nothing else may ever happen on this loop.
        if !isStopping { serveBacklog() }
    }

    /// Serves the sockets that are ready; sleeps only when none is and no letter waits. While the loop is busy, no
    /// sender has to wake it.
    private func sleepAndServe() {
        var count = unsafe clinux_epoll_wait(epoll, ready, 0)
        if count == 0 {
            guard mailbox.sleeps() else { return renewClock() }
            count = unsafe clinux_epoll_wait(epoll, ready, sleepInMilliseconds)
        }
        renewClock()
        guard count > 0 else { return }
        for index in 0..<Int(count) { serve(unsafe ready[index]) }
        finishDone()
    }

    private func serve(_ event: clinux_ready) {
        if event.descriptor == mailbox.descriptor { return clinux_eventfd_take(mailbox.descriptor) }
        let (wanted, change) = interest.fired(event.descriptor)
        apply(change)
        guard wanted != 0 else { return }
        // A broken socket is told as whatever libcurl waits for: it then finds the error itself.
        let isBroken = event.events & UInt32(clinux_failed | clinux_hung_up) != 0
        let events = isBroken ? wanted : event.events
        var action: Int32 = 0
        if events & UInt32(clinux_readable) != 0 { action |= CURL_CSELECT_IN }
        if events & UInt32(clinux_writable) != 0 { action |= CURL_CSELECT_OUT }
        act(on: event.descriptor, action)
    }

    private func act(on descriptor: Int32, _ action: Int32) {
        var running: Int32 = 0
        _ = unsafe curl_multi_socket_action(multi.multi, descriptor, action, &running)
    }

    func apply(_ change: InterestTable.Change?) {
        guard let change else { return }
        clinux_epoll_set(epoll, change.descriptor, change.before, change.after)
    }

    private func renewClock() {
        unsafe clock.pointee = clinux_monotonic()
    }

    /// Rounded up, so that what is due then is due.
    private var sleepInMilliseconds: Int32 {
        let due = min(timerDue, watchDue)
        guard due != .max else { return -1 }
        let span = max(0, due - clinux_monotonic())
        return Int32(min((span + 999_999) / 1_000_000, 60_000))
    }
}
