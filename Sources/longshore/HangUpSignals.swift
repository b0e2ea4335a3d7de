import Dispatch
import Foundation

/// SIGHUP: the settings are to be read again.
final class HangUpSignals: Sendable {
    let stream: AsyncStream<Void>

    /// From now on the signal no longer ends the process. Several that come at once are one.
    init() {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingOldest(1))
        self.stream = stream
        signal(SIGHUP, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: SIGHUP, queue: .global())
        source.setEventHandler {
            continuation.yield()
            withExtendedLifetime(source) {}
        }
        source.resume()
    }
}
