/// What the retries towards one store may cost: so that a storm of failures can't feed itself.
///
/// A bucket of tokens. A retry takes some, a success gives one back, time adds more. An empty bucket never fails a request:
/// it lends, and the borrower waits until time has paid the loan. (AWS SDKs' standard retry mode has the costs; there an
/// empty bucket fails the request.)
///
///     500 tokens, 5 each: the first 100 retries of an outage are free of delay
///     from then on 10 tokens a second: 2 retries a second for the store, and one more for every 5 successes
package struct RetryBudget: Sendable, Hashable {
    package static let retryCost = 5.0
    package static let connectionCost = 10.0

    private let capacity: Double
    private let tokensPerSecond: Double
    private let longestDelay: Duration
    private var tokens: Double
    private var updated: Duration?

    package init(capacity: Double = 500, tokensPerSecond: Double = 10, longestDelay: Duration = .seconds(30)) {
        self.capacity = capacity
        self.tokensPerSecond = tokensPerSecond
        self.longestDelay = longestDelay
        tokens = capacity
    }

    /// Takes `cost` tokens and says how long to wait for them.
    ///
    /// - Parameter now: a clock that only grows.
    package mutating func withdraw(_ cost: Double, now: Duration) -> Duration {
        refill(now: now)
        // Beyond the longest delay nothing more is lent: a store that comes back is not punished for its outage.
        let floor = -longestDelay.seconds * tokensPerSecond
        tokens = max(tokens - cost, floor)
        return tokens >= 0 ? .zero : min(longestDelay, .seconds(-tokens / tokensPerSecond))
    }

    /// A request succeeded.
    package mutating func deposit(now: Duration) {
        guard tokens < capacity else { return }
        refill(now: now)
        tokens = min(capacity, tokens + 1)
    }

    private mutating func refill(now: Duration) {
        if let updated, now > updated {
            tokens = min(capacity, tokens + (now - updated).seconds * tokensPerSecond)
        }
        updated = max(updated ?? now, now)
    }
}

extension Duration {
    fileprivate var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
