import Synchronization

/// Keeps an average of bytes per second: each request reserves its bytes and waits until those before it have had
/// their time. Waiting holds no permit.
///
/// Requests may share the rate in lanes, each sending at its part of it: then one begins earlier by the time that the
/// other lanes take.
///
///     8 MiB each at 8 MiB/s in 1 lane   begin at 0 s, 1 s, 2 s, ... and take 1 s each
///                           in 4 lanes  begin at 0, 0, 0, 0, 1 s, 2 s, ... and take 4 s each
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
    func reserve(bytes: Int64, lanes: Int) async throws {
        let start: ContinuousClock.Instant? = state.withLock { state in
            guard let limit = state.limit else { return nil }
            let time = Duration.seconds(Double(bytes) / Double(limit))
            let turn = max(state.free, clock.now)
            state.free = turn + time
            return turn - time * (lanes - 1)
        }
        guard let start, start > clock.now else { return }
        try await Task.sleep(until: start, clock: clock)
    }
}
