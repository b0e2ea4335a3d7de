import Synchronization

/// What goes wrong in a store, while it runs: set by tests in this process, or over HTTP at `/__devstore/faults`.
package final class FaultScript: Sendable {
    private struct State {
        var schedule = FaultSchedule([])
        var latency: Duration = .zero
        var held: [CheckedContinuation<Void, Never>] = []
        var watchers: [Watcher] = []
        var isStopped = false
    }

    private struct Watcher {
        let count: Int
        let continuation: CheckedContinuation<Void, Never>
    }

    private let state = Mutex(State())
    private let origin = SuspendingClock.now

    package init() {}

    /// Replaces all rules, and lets go of every request that is held.
    ///
    /// - Parameters:
    ///   - isOrdered: only the first rule that is not used up is looked at.
    ///   - seed: of rules with a probability.
    package func set(_ rules: [FaultRule], isOrdered: Bool = false, seed: UInt64 = 0) {
        state.withLock { $0.schedule = FaultSchedule(rules, isOrdered: isOrdered, seed: seed) }
        release()
    }

    /// What every request waits before it is looked at.
    package var latency: Duration {
        get { state.withLock { $0.latency } }
        set { state.withLock { $0.latency = newValue } }
    }

    /// How often each rule was used, in the rules' order.
    package var uses: [Int] { state.withLock { $0.schedule.uses } }

    /// Requests that are never answered, so far.
    package var heldCount: Int { state.withLock { $0.held.count } }

    /// Lets every held request go on to its end: done and answered if its rule says `executes`, or else cut; an answer
    /// that was kept back is sent.
    package func release() {
        let held = state.withLock { state in
            defer { state.held = [] }
            return state.held
        }
        for continuation in held { continuation.resume() }
    }

    /// What holds for one more request.
    func next(for subject: FaultSchedule.Subject) -> (latency: Duration, rule: FaultRule?) {
        let (seconds, attoseconds) = (SuspendingClock.now - origin).components
        let now = Double(seconds) + Double(attoseconds) / 1e18
        return state.withLock { state in
            (state.latency, state.schedule.isEmpty ? nil : state.schedule.next(for: subject, now: now))
        }
    }

    /// Returns once so many requests are held at the same time, or when the store stops.
    package func waitUntilHeld(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if state.isStopped || state.held.count >= count { return true }
                state.watchers.append(Watcher(count: count, continuation: continuation))
                return false
            }
            if isOver { continuation.resume() }
        }
    }

    /// Waits for `release`.
    func hold() async {
        await withCheckedContinuation { continuation in
            let (isStopped, told) = state.withLock { state in
                if state.isStopped { return (true, [Watcher]()) }
                state.held.append(continuation)
                let told = state.watchers.filter { $0.count <= state.held.count }
                state.watchers.removeAll { $0.count <= state.held.count }
                return (false, told)
            }
            if isStopped { continuation.resume() }
            for watcher in told { watcher.continuation.resume() }
        }
    }

    /// The store stops: nothing is held any more.
    func stop() {
        let watchers = state.withLock { state in
            state.isStopped = true
            defer { state.watchers = [] }
            return state.watchers
        }
        for watcher in watchers { watcher.continuation.resume() }
        release()
    }
}
