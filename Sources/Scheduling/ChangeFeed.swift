import HeapModule
package import Model
package import Storage
import Synchronization

/// Wakes the readers of the stream after a commit. It carries no data: the store is the truth, and a reader that was
/// woken reads it behind its own revision. So a slow reader costs one entry here and nothing else.
package final class ChangeFeed: Sendable {
    /// Which commits a reader waits for.
    package enum Interest: Sendable, Hashable {
        /// Any change of the job, its files or its parts.
        case job(JobNumber)
        /// The job's own row alone.
        case jobEvents(JobNumber)
        /// Any change of any job.
        case everything
        /// Any job's own row.
        case allJobEvents
    }

    private struct Waiter {
        let continuation: CheckedContinuation<Void, Never>
        let deadline: ContinuousClock.Instant?
    }

    /// Until when a waiter waits: it may be gone by then.
    private struct Deadline: Comparable {
        let time: ContinuousClock.Instant
        let interest: Interest
        let id: UInt64

        static func < (left: Self, right: Self) -> Bool { left.time < right.time }
        static func == (left: Self, right: Self) -> Bool { left.id == right.id }
    }

    private struct State {
        var nextID: UInt64 = 0
        var waiters: [Interest: [UInt64: Waiter]] = [:]
        /// How many of them have a deadline.
        var timed = 0
        var deadlines: Heap<Deadline> = []
        /// What the timer is set to; nil when it has rung or was not needed.
        var rings: ContinuousClock.Instant?
        /// The newest commit for each interest: closes the gap between a read and a wait.
        var newest: [Interest: Revision] = [:]
        /// The newest commit of all that stood in `newest` and was dropped.
        var forgotten = Revision.zero
        var isClosed = false
    }

    /// More interests than this are not remembered each for itself: most are of jobs that ended long ago.
    private static let mostRemembered = 8_192

    /// Deadlines are met so much late at most: readers of a stream that wait equally long are woken together, a thousand of
    /// them by few timers.
    private static let grid = Duration.milliseconds(25)

    private let state = Mutex(State())
    private let timer = Mutex<WakeUp?>(nil)
    private let clock = ContinuousClock()

    package init() {}

    /// Returns at once if a commit beyond `revision` has touched `interest` already, else after the next one that
    /// does, when the feed is closed, or when the task is cancelled. It may also return for nothing, where what touched
    /// `interest` is not remembered any more, but never again for a revision that was the store's watermark meanwhile.
    package func wait(for interest: Interest, beyond revision: Revision) async {
        await wait(for: interest, beyond: revision, until: nil)
    }

    /// `wait`, but for at most about `timeout`.
    package func wait(for interest: Interest, beyond revision: Revision, timeout: Duration) async {
        await wait(for: interest, beyond: revision, until: clock.now.advanced(by: timeout))
    }

    private func wait(
        for interest: Interest, beyond revision: Revision, until deadline: ContinuousClock.Instant?
    ) async {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waits = state.withLock { state in
                    // A cancel that came before has found nothing to remove, so it is looked for here, under the lock.
                    guard !state.isClosed, !Task.isCancelled,
                        (state.newest[interest] ?? state.forgotten) <= revision
                    else {
                        return false
                    }
                    state.waiters[interest, default: [:]][id] = Waiter(continuation: continuation, deadline: deadline)
                    if let deadline { add(Deadline(time: deadline, interest: interest, id: id), &state) }
                    return true
                }
                if !waits { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { state in Self.remove(id, of: interest, &state) }
            waiter?.continuation.resume()
        }
    }

    private static func remove(_ id: UInt64, of interest: Interest, _ state: inout State) -> Waiter? {
        guard let waiter = state.waiters[interest]?.removeValue(forKey: id) else { return nil }
        if waiter.deadline != nil { state.timed -= 1 }
        if state.waiters[interest]?.isEmpty == true { state.waiters[interest] = nil }
        return waiter
    }

    // MARK: Deadlines

    private func add(_ deadline: Deadline, _ state: inout State) {
        state.timed += 1
        state.deadlines.insert(deadline)
        if state.deadlines.count > 64 + 4 * state.timed {
            let waiters = state.waiters
            state.deadlines = Heap(state.deadlines.unordered.filter { waiters[$0.interest]?[$0.id] != nil })
        }
        setTimer(&state)
    }

    private func setTimer(_ state: inout State) {
        guard let next = state.deadlines.min?.time else { return }
        let late = next.advanced(by: Self.grid)
        if let rings = state.rings, rings <= late { return }
        state.rings = late
        timer.withLock { timer in
            let wakeUp = timer ?? WakeUp { [weak self] in self?.ring() }
            timer = wakeUp
            wakeUp.set(after: max(.zero, clock.now.duration(to: late)))
        }
    }

    private func ring() {
        let woken = state.withLock { state in
            var woken: [CheckedContinuation<Void, Never>] = []
            let now = clock.now
            while let next = state.deadlines.min, next.time <= now {
                state.deadlines.removeMin()
                if let waiter = Self.remove(next.id, of: next.interest, &state) { woken.append(waiter.continuation) }
            }
            state.rings = nil
            setTimer(&state)
            return woken
        }
        for continuation in woken { continuation.resume() }
    }

    /// Called after each commit, on the writer's thread.
    package func announce(_ commit: Commit) {
        let woken = state.withLock { state in
            var woken: [CheckedContinuation<Void, Never>] = []
            Self.touch(.everything, commit, &state, &woken)
            for job in commit.jobs { Self.touch(.job(job), commit, &state, &woken) }
            for job in commit.jobEvents { Self.touch(.jobEvents(job), commit, &state, &woken) }
            if !commit.jobEvents.isEmpty { Self.touch(.allJobEvents, commit, &state, &woken) }
            if state.newest.count > Self.mostRemembered {
                state.newest = [:]
                state.forgotten = commit.watermark
            }
            return woken
        }
        for continuation in woken { continuation.resume() }
    }

    /// The job has ended or is gone: it is not remembered for itself any more. Whoever read it before its last commit
    /// and waits only now still returns at once.
    package func forget(_ job: JobNumber) {
        state.withLock { state in
            for interest in [Interest.job(job), .jobEvents(job)] {
                guard let newest = state.newest.removeValue(forKey: interest) else { continue }
                state.forgotten = max(state.forgotten, newest)
            }
        }
    }

    /// Every waiter returns, now and from now on.
    package func close() {
        let woken = state.withLock { state in
            state.isClosed = true
            let woken = state.waiters.values.flatMap { $0.values.map(\.continuation) }
            state.waiters = [:]
            state.timed = 0
            state.deadlines = []
            return woken
        }
        for continuation in woken { continuation.resume() }
    }

    private static func touch(
        _ interest: Interest, _ commit: Commit, _ state: inout State, _ woken: inout [CheckedContinuation<Void, Never>]
    ) {
        state.newest[interest] = commit.watermark
        guard let waiters = state.waiters.removeValue(forKey: interest) else { return }
        for waiter in waiters.values where waiter.deadline != nil { state.timed -= 1 }
        woken += waiters.values.map(\.continuation)
    }
}
