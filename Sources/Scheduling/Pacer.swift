import Model
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
        /// Bytes, counted from the beginning.
        var reserved = 0.0
        /// Of these the bytes that have had their time.
        var passed = 0.0
        /// When `passed` was so.
        var time: ContinuousClock.Instant

        mutating func advance(to now: ContinuousClock.Instant) {
            defer { time = now }
            guard let limit else {
                passed = reserved
                return
            }
            passed = min(reserved, passed + Double(limit) * (now - time).inSeconds)
        }
    }

    /// Whoever waits looks again after so long, at the latest: the limit may have changed.
    private static let longestSleep = Duration.seconds(1)

    private let state: Mutex<State>
    private let clock = ContinuousClock()

    init(limit: Int64?) { state = Mutex(State(limit: limit, time: ContinuousClock().now)) }

    var limit: Int64? { state.withLock { $0.limit } }

    /// Counts from now on, for those who wait already, too.
    func set(limit: Int64?) {
        state.withLock { state in
            state.advance(to: clock.now)
            state.limit = limit
        }
    }

    /// - Throws: `CancellationError`; the time that was reserved stays reserved, which only makes the others slower.
    func reserve(bytes: Int64, lanes: Int) async throws {
        let start: Double? = state.withLock { state in
            guard state.limit != nil else { return nil }
            state.advance(to: clock.now)
            defer { state.reserved += Double(bytes) }
            return state.reserved - Double(bytes) * Double(lanes - 1)
        }
        guard let start else { return }
        while let left = time(until: start) { try await clock.sleep(for: min(left, Self.longestSleep)) }
    }

    /// Until so many bytes have had their time; nil when they have.
    private func time(until bytes: Double) -> Duration? {
        state.withLock { state in
            state.advance(to: clock.now)
            guard let limit = state.limit, state.passed < bytes else { return nil }
            return max(.microseconds(1), .seconds((bytes - state.passed) / Double(limit)))
        }
    }
}
