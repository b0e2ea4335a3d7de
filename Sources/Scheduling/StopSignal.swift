import Synchronization

/// Tells a job's run once that it has to end, and why. The first reason stands, but for a cancel, which beats a pause.
final class StopSignal: Sendable {
    private struct State {
        var reason: StopReason?
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    var reason: StopReason? { state.withLock { $0.reason } }

    func stop(_ reason: StopReason) {
        let waiter = state.withLock { state in
            if state.reason == nil || reason.isStrongerThan(state.reason) { state.reason = reason }
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    /// Returns once `stop` was called, or when the task is cancelled. One task waits.
    func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    // A cancel that came first has found no waiter, so it is looked for here, under the lock.
                    if state.reason != nil || Task.isCancelled { return true }
                    precondition(state.waiter == nil, "two tasks wait for one stop")
                    state.waiter = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                defer { state.waiter = nil }
                return state.waiter
            }
            waiter?.resume()
        }
    }
}
