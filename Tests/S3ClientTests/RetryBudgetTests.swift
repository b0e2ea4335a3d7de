import S3Client
import Testing

@Suite struct RetryBudgetTests {
    @Test func theFirstRetriesAreFree() {
        var budget = RetryBudget()
        for _ in 0..<100 { #expect(budget.withdraw(RetryBudget.retryCost, now: .zero) == .zero) }
        #expect(budget.withdraw(RetryBudget.retryCost, now: .zero) == .milliseconds(500))
        #expect(budget.withdraw(RetryBudget.retryCost, now: .zero) == .seconds(1))
    }

    @Test func successAndTimeFillItAgain() {
        var budget = RetryBudget(capacity: 5, tokensPerSecond: 1)
        #expect(budget.withdraw(5, now: .zero) == .zero)
        for _ in 0..<5 { budget.deposit(now: .zero) }
        #expect(budget.withdraw(5, now: .zero) == .zero)
        #expect(budget.withdraw(5, now: .seconds(5)) == .zero)
        #expect(budget.withdraw(5, now: .seconds(7)) == .seconds(3))
        #expect(budget.withdraw(5, now: .seconds(1000)) == .zero)
        #expect(budget.withdraw(1, now: .seconds(1000)) == .seconds(1))
    }

    @Test func itDelaysButNeverForLongAndForgetsAnOutage() {
        var budget = RetryBudget(capacity: 10, tokensPerSecond: 1, longestDelay: .seconds(30))
        for _ in 0..<10_000 { #expect(budget.withdraw(10, now: .zero) <= .seconds(30)) }
        #expect(budget.withdraw(0, now: .seconds(30)) == .zero)
    }

    /// A third of all requests fails: with retries at most 1.3 times the requests are sent.
    @Test func aStormCannotFeedItself() {
        var budget = RetryBudget()
        var now: Duration = .zero
        var sent = 0
        var delayed: Duration = .zero
        for request in 0..<20_000 {
            now += .milliseconds(1)
            sent += 1
            if request % 3 == 0 {
                delayed += budget.withdraw(RetryBudget.retryCost, now: now)
                sent += 1
            }
            budget.deposit(now: now)
        }
        // The retries were not refused but put off: the delays add up to far more than the 20 seconds of the storm.
        #expect(sent > 20_000)
        #expect(delayed > .seconds(20))
    }
}
