import Synchronization

/// Keeps an average of bytes per second: each request reserves its bytes and waits until those before it have had
/// their time. Waiting holds no permit.
final class Pacer: Sendable {
    private struct State {
        /// Bytes per second; nil: no limit.
        var limit: Int64?
        /// When the bytes reserved so far will have had their time.
        var free: ContinuousClock.Instant
    }

    private let state: Mutex<State>
    private let clock = ContinuousClock()

    init(limit: Int64?) { state = Mutex(State(limit: limit, free: ContinuousClock().now)) }

    var limit: Int64? { state.withLock { $0.limit } }

    /// What was reserved at the old limit keeps its time.
    func set(limit: Int64?) { state.withLock { $0.limit = limit } }

    /// - Throws: `CancellationError`; the time that was reserved stays reserved, which only makes the others slower.
    func reserve(bytes: Int64) async throws {
        let start: ContinuousClock.Instant? = state.withLock { state in
            guard let limit = state.limit else { return nil }
            let start = max(state.free, clock.now)
            state.free = start + .seconds(Double(bytes) / Double(limit))
            return start
        }
        guard let start, start > clock.now else { return }
        try await Task.sleep(until: start, clock: clock)
    }
}
