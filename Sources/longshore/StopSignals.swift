import Dispatch
import Foundation

/// Signals that ask for the process's end, as one event; SIGPIPE is ignored, since a client that leaves is no reason to die.
final class StopSignals: Sendable {
    private let stream: AsyncStream<Int32>
    private let continuation: AsyncStream<Int32>.Continuation

    /// From now on none of them ends the process by itself.
    ///
    /// - Parameter hangUp: SIGHUP is one of them, unless whoever started the process has it ignored (`nohup`).
    init(hangUp: Bool = false) {
        (stream, continuation) = AsyncStream.makeStream(of: Int32.self, bufferingPolicy: .bufferingOldest(1))
        signal(SIGPIPE, SIG_IGN)
        for number in [SIGTERM, SIGINT] + (hangUp && !Self.isIgnored(SIGHUP) ? [SIGHUP] : []) {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            // The handler holds its source: both live as long as the process.
            source.setEventHandler { [continuation] in
                continuation.yield(number)
                withExtendedLifetime(source) {}
            }
            source.resume()
        }
    }

    /// As if the signal had come.
    func send(_ number: Int32) { continuation.yield(number) }

    /// Returns at the first of them, and when it is called again at the next: the signal's number.
    func wait() async -> Int32 {
        for await number in stream { return number }
        return SIGTERM
    }

    private static func isIgnored(_ number: Int32) -> Bool {
        var action = sigaction()
        guard unsafe sigaction(number, nil, &action) == 0 else { return false }
        // SIG_IGN is no function but the address 1 (POSIX, signal.h).
        return unsafe unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
    }
}
