/// An exchange on its way through a loop, from `perform` until it is over.
///
/// Unchecked: after `init` every variable is read and written by the loop's thread alone. Tasks only carry the
/// reference into letters; the mailbox's lock orders their hands.
final class PendingExchange: @unchecked Sendable {
    enum Phase {
        /// Nothing but perhaps a `cancel` was read of it.
        case unknown
        /// Waits for a free handle.
        case waiting(CheckedContinuation<Outcome, Never>)
        /// On the handle of this index.
        case running(CheckedContinuation<Outcome, Never>, handle: Int)
        /// The continuation was resumed, or will be as soon as its `start` is read.
        case over
    }

    let exchange: Exchange
    var phase = Phase.unknown
    /// On the loop's clock, in ns.
    var startedAt: Int64 = 0
    /// Since when bytes are counted for `slowestBytesPerSecond`, and how many had moved by then.
    var countedSince: Int64 = 0
    var countedBytes: Int64 = 0
    /// Spans in ns; `Int64.max` for none.
    let responseTimeout: Int64
    let totalTimeout: Int64
    /// In ns; `Int64.max` where any byte will do.
    let countingSpan: Int64
    /// In `countingSpan`.
    let fewestBytes: Int64

    init(_ exchange: Exchange) {
        self.exchange = exchange
        responseTimeout = exchange.responseTimeout.nanosecondsOrNever
        totalTimeout = exchange.totalTimeout.nanosecondsOrNever
        let isCounted = exchange.slowestBytesPerSecond > 0 && responseTimeout < .max / 2
        countingSpan = isCounted ? 2 * responseTimeout : .max
        fewestBytes =
            isCounted ? max(1, Int64(exchange.slowestBytesPerSecond) * (countingSpan / 1_000_000_000)) : 0
    }
}

extension Duration {
    /// In ns; zero, less, or what does not fit means no limit.
    fileprivate var nanosecondsOrNever: Int64 {
        let (seconds, attoseconds) = components
        guard self > .zero, seconds < Int64.max / 2_000_000_000 else { return .max }
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
