import Model

/// The rules of one operation's attempts: how many there were, and what may still be tried. Pure.
struct AttemptTally: Sendable, Hashable {
    /// What is done before the next attempt.
    enum Step: Sendable, Hashable {
        case giveUp
        /// Wait for so long, longer if the budget says so; `cost` in its tokens.
        case wait(Duration, cost: Double)
        /// Once for each operation, at no cost: refresh the credentials, take the store's time, take the bucket's region.
        case refreshCredentials
        case setClock
        case changeRegion
    }

    /// Attempts begun so far.
    private(set) var attempts = 0
    /// The next attempt opens its own connection.
    private(set) var needsFreshConnection = false
    private var errors = 0
    private var losses = 0
    private var corrections: Set<Step> = []

    mutating func begin() {
        attempts += 1
    }

    /// What to do after an attempt failed.
    ///
    /// - Parameters:
    ///   - canCorrect: whether the store's date or the bucket's other region came with the reply.
    ///   - elapsed: since the first attempt began.
    ///   - jitter: 0 to 1, drawn evenly.
    mutating func step(
        after error: S3Error, canCorrect: Bool, policy: RetryPolicy, elapsed: Duration, jitter: Double
    ) -> Step {
        switch (error.code, error.verdict) {
        case (.clockSkew, _): return canCorrect ? once(.setClock) : .giveUp
        case (.wrongRegion, _): return canCorrect ? once(.changeRegion) : .giveUp
        case (_, .refreshCredentials): return once(.refreshCredentials)
        case (_, .staleConnection):
            // The repetition has its own connection, so this comes once at most.
            needsFreshConnection = true
            return .wait(.zero, cost: 0)
        case (_, .giveUp): return .giveUp
        case (_, .retry):
            errors += 1
            if error.status == nil { needsFreshConnection = true }
            return wait(error.verdict, errors, RetryBudget.retryCost, policy, elapsed, jitter)
        case (_, .throttled):
            losses += 1
            // The store's rate, shared by all, keeps refused requests apart. A second delay from the budget would only hold
            // back what that rate has room for.
            return wait(error.verdict, losses, 0, policy, elapsed, jitter)
        case (_, .unreachable):
            losses += 1
            // AWS's advice: a retry uses a new connection (whitepaper "Best practices design patterns").
            needsFreshConnection = true
            return wait(error.verdict, losses, RetryBudget.connectionCost, policy, elapsed, jitter)
        }
    }

    private func wait(
        _ verdict: RetryVerdict, _ count: Int, _ cost: Double, _ policy: RetryPolicy, _ elapsed: Duration,
        _ jitter: Double
    ) -> Step {
        policy.delay(after: verdict, attempt: count, elapsed: elapsed, jitter: jitter).map { .wait($0, cost: cost) }
            ?? .giveUp
    }

    private mutating func once(_ correction: Step) -> Step {
        corrections.insert(correction).inserted ? correction : .giveUp
    }
}
