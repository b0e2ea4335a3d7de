import Synchronization

/// How far a scan is ahead of the moving: files that were found and not begun. A listing that is far enough ahead waits, so
/// that the table of files grows no faster than the job.
///
/// One task scans and one begins files.
final class ScanLead: Sendable {
    /// Listing goes on below it. About a hundred pages: seconds of listing, and minutes of moving.
    static let mostListed = 100_000

    private struct State {
        var ahead: Int
        var waiter: CheckedContinuation<Void, any Error>?
    }

    private let most: Int?
    private let state: Mutex<State>

    /// - Parameters:
    ///   - most: nil for a scan that never waits.
    ///   - ahead: of an earlier run.
    init(most: Int?, ahead: Int) {
        self.most = most
        state = Mutex(State(ahead: max(0, ahead)))
    }

    /// Files that were found and not begun. Never too few: zero means that the store knows of none.
    var ahead: Int { state.withLock { $0.ahead } }

    /// Waits until the scan may find more; always true. Throws `CancellationError`.
    func mayGrow() async throws -> Bool {
        guard let most else { return true }
        if state.withLock({ $0.ahead < most }) { return true }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let isOver: Result<Void, any Error>? = state.withLock { state in
                    // A cancel that came first has found no waiter, so it is looked for here, under the lock.
                    if Task.isCancelled { return .failure(CancellationError()) }
                    if state.ahead < most { return .success(()) }
                    precondition(state.waiter == nil, "two tasks scan for one job")
                    state.waiter = continuation
                    return nil
                }
                if let isOver { continuation.resume(with: isOver) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                defer { state.waiter = nil }
                return state.waiter
            }
            waiter?.resume(throwing: CancellationError())
        }
        return true
    }

    func found(_ count: Int) { state.withLock { $0.ahead += count } }

    func began() { change { $0 = max(0, $0 - 1) } }

    /// So many of those that were counted are not pending: a scan that is repeated counts some of them twice.
    func isGone(_ count: Int) { change { $0 = max(0, $0 - count) } }

    private func change(_ body: (inout Int) -> Void) {
        let waiter = state.withLock { state in
            body(&state.ahead)
            guard let most, state.ahead < most else { return nil as CheckedContinuation<Void, any Error>? }
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }
}
