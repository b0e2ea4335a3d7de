import FoundationEssentials
package import Model

/// Where a client gets time and chance from: tests give it their own.
package struct ClientEnvironment: Sendable {
    /// A clock that only grows, from any origin.
    package var now: @Sendable () -> Duration
    /// The time of day, for signatures.
    package var wallClock: @Sendable () -> Timestamp
    /// Returns at once with a `CancellationError` when the task is cancelled.
    package var sleep: @Sendable (Duration) async throws -> Void
    /// 0 to 1, drawn evenly.
    package var jitter: @Sendable () -> Double

    package init(
        clock: some Clock<Duration>, wallClock: @escaping @Sendable () -> Timestamp,
        jitter: @escaping @Sendable () -> Double
    ) {
        let origin = clock.now
        now = { origin.duration(to: clock.now) }
        sleep = { try await clock.sleep(for: $0) }
        self.wallClock = wallClock
        self.jitter = jitter
    }

    /// The system's clocks and generator.
    package static let system = ClientEnvironment(
        clock: ContinuousClock(),
        wallClock: { Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)) },
        jitter: { Double.random(in: 0...1) })
}
