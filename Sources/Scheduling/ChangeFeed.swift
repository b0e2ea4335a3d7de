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
        let beyond: Revision
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var nextID: UInt64 = 0
        var waiters: [Interest: [UInt64: Waiter]] = [:]
        /// The newest commit for each interest: closes the gap between a read and a wait.
        var newest: [Interest: Revision] = [:]
        /// The newest commit of all that stood in `newest` and was dropped.
        var forgotten = Revision.zero
        var isClosed = false
    }

    /// More interests than this are not remembered each for itself: most are of jobs that ended long ago.
    private static let mostRemembered = 8_192

    private let state = Mutex(State())

    package init() {}

    /// Returns at once if a commit beyond `revision` has touched `interest` already, else after the next one that
    /// does, when the feed is closed, or when the task is cancelled. It may also return for nothing, where what touched
    /// `interest` is not remembered any more, but never again for a revision that was the store's watermark meanwhile.
    package func wait(for interest: Interest, beyond revision: Revision) async {
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
                    state.waiters[interest, default: [:]][id] = Waiter(beyond: revision, continuation: continuation)
                    return true
                }
                if !waits { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { state in state.waiters[interest]?.removeValue(forKey: id) }
            waiter?.continuation.resume()
        }
    }

    /// `wait`, but for at most `timeout`.
    package func wait(for interest: Interest, beyond revision: Revision, timeout: Duration) async {
        await withTaskGroup { group in
            group.addTask { await self.wait(for: interest, beyond: revision) }
            group.addTask { try? await Task.sleep(for: timeout) }
            await group.next()
            group.cancelAll()
        }
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
            return woken
        }
        for continuation in woken { continuation.resume() }
    }

    private static func touch(
        _ interest: Interest, _ commit: Commit, _ state: inout State, _ woken: inout [CheckedContinuation<Void, Never>]
    ) {
        state.newest[interest] = commit.watermark
        guard let waiters = state.waiters.removeValue(forKey: interest) else { return }
        woken += waiters.values.map(\.continuation)
    }
}
