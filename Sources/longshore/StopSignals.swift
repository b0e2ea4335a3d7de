import Dispatch
import Foundation

/// SIGTERM and SIGINT as one event; SIGPIPE is ignored, since a client that leaves is no reason to die.
final class StopSignals: Sendable {
    private let stream: AsyncStream<Int32>

    /// From now on the two signals no longer end the process by themselves.
    init() {
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self, bufferingPolicy: .bufferingOldest(1))
        self.stream = stream
        signal(SIGPIPE, SIG_IGN)
        for number in [SIGTERM, SIGINT] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            // The handler holds its source: both live as long as the process.
            source.setEventHandler {
                continuation.yield(number)
                withExtendedLifetime(source) {}
            }
            source.resume()
        }
    }

    /// Returns at the first of them, and when it is called again at the next: the signal's number.
    func wait() async -> Int32 {
        for await number in stream { return number }
        return SIGTERM
    }
}
