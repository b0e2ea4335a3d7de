/// What an answer, or the lack of one, means for the request that asked.
package enum RetryVerdict: Sendable, Hashable {
    /// Try again after a back-off; counts against the number of attempts. `after`: what the store asked for.
    case retry(after: Duration?)
    /// The store asks all to slow down; limited by time, not by attempts.
    case throttled(after: Duration?)
    /// No connection or it broke; limited by time, not by attempts.
    case unreachable
    /// The connection had been used before and the server had closed it meanwhile: try again at once, at no cost.
    case staleConnection
    /// The credentials ran out: refresh them, then try again once.
    case refreshCredentials
    case giveUp
}

/// How often and how long a request is tried again. Pure: the clock and the dice are the caller's.
package struct RetryPolicy: Sendable, Hashable {
    /// For errors that count, the first included.
    package var maximumAttempts = 10
    /// For throttling and lost connections, counted from the first attempt.
    package var retryFor: Duration = .seconds(3_600)
    package var base: Duration = .milliseconds(100)
    package var cap: Duration = .seconds(20)
    /// A refused request comes back soon: what slows down is the store's rate, for all requests together.
    package var throttleCap: Duration = .seconds(2)

    package init() {}

    /// The wait before the next attempt, or nil to give up. Full jitter (AWS Architecture Blog, "Exponential Backoff
    /// And Jitter"): a random share of min(cap, base * 2^(attempt-1)).
    ///
    ///     base 100 ms, attempt 1, 2, 3, 8, 9  ->  at most 0.1, 0.2, 0.4, 12.8, 20 s; throttled 0.1, 0.2, 0.4, 2, 2 s
    ///
    /// - Parameters:
    ///   - attempt: attempts made so far, from 1.
    ///   - elapsed: since the first attempt began.
    ///   - jitter: 0 to 1, drawn evenly.
    package func delay(
        after verdict: RetryVerdict, attempt: Int, elapsed: Duration, jitter: Double
    ) -> Duration? {
        switch verdict {
        case .giveUp: nil
        case .staleConnection, .refreshCredentials: .zero
        case .retry(let after):
            attempt >= maximumAttempts ? nil : max(after ?? .zero, backOff(cap, attempt: attempt, jitter: jitter))
        case .throttled(let after):
            elapsed >= retryFor ? nil : max(after ?? .zero, backOff(throttleCap, attempt: attempt, jitter: jitter))
        case .unreachable:
            elapsed >= retryFor ? nil : backOff(cap, attempt: attempt, jitter: jitter)
        }
    }

    private func backOff(_ cap: Duration, attempt: Int, jitter: Double) -> Duration {
        // 2^20 of the smallest base is above any cap, so the shift can't overflow.
        let ceiling = min(cap, base * (1 << min(attempt - 1, 20)))
        return ceiling * jitter
    }
}
