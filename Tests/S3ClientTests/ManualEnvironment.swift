import Model
import S3Client
import SigV4
import Synchronization

/// Time that passes only while a client waits, and dice that always show the same.
final class ManualEnvironment: Sendable {
    private struct State {
        var now: Duration = .zero
        var waits: [Duration] = []
    }

    /// 2015-08-30T12:36:00Z, the day of AWS's signing examples.
    static let start = Timestamp(microseconds: 1_440_938_160_000_000)

    private let state = Mutex(State())
    private let wallStart: Timestamp
    private let jitter: Double

    init(jitter: Double = 1, wallStart: Timestamp = start) {
        self.jitter = jitter
        self.wallStart = wallStart
    }

    /// What the client waited for so far.
    var waits: [Duration] { state.withLock { $0.waits } }

    func advance(by duration: Duration) { state.withLock { $0.now += duration } }

    /// The time of day that it shows.
    var time: SigningTime {
        SigningTime(secondsSince1970: environment.wallClock().microseconds / 1_000_000)
    }

    var environment: ClientEnvironment {
        var environment = ClientEnvironment.system
        environment.now = { self.state.withLock { $0.now } }
        environment.wallClock = { self.wallStart.advanced(by: self.state.withLock { $0.now }) }
        environment.jitter = { self.jitter }
        environment.sleep = { duration in
            try Task.checkCancellation()
            self.state.withLock { state in
                state.now += duration
                state.waits.append(duration)
            }
        }
        return environment
    }
}
