import Model
import Testing

@Suite struct RetryPolicyTests {
    private let policy = RetryPolicy()

    private func delay(
        _ verdict: RetryVerdict, attempt: Int = 1, elapsed: Duration = .zero, jitter: Double = 1
    ) -> Duration? {
        policy.delay(after: verdict, attempt: attempt, elapsed: elapsed, jitter: jitter)
    }

    @Test(arguments: [(1, 100), (2, 200), (3, 400), (8, 12_800), (9, 20_000)])
    func backOffDoublesUpToItsCap(attempt: Int, milliseconds: Int) {
        #expect(delay(.retry(after: nil), attempt: attempt) == .milliseconds(milliseconds))
        #expect(delay(.unreachable, attempt: attempt) == .milliseconds(milliseconds))
        #expect(delay(.retry(after: nil), attempt: attempt, jitter: 0) == .zero)
        #expect(delay(.retry(after: nil), attempt: attempt, jitter: 0.5) == .milliseconds(milliseconds) / 2)
    }

    @Test func attemptsEndWhereTheyCount() {
        #expect(delay(.retry(after: nil), attempt: 9) != nil)
        #expect(delay(.retry(after: nil), attempt: 10) == nil)
        #expect(delay(.retry(after: nil), attempt: 1, elapsed: .seconds(9_999)) != nil)
    }

    @Test func throttlingAndLostConnectionsEndByTimeAlone() {
        for (verdict, cap) in [(RetryVerdict.throttled(after: nil), 2), (.unreachable, 20)] {
            #expect(delay(verdict, attempt: 1_000_000, elapsed: .seconds(3_599)) == .seconds(cap))
            #expect(delay(verdict, attempt: 1, elapsed: .seconds(3_600)) == nil)
        }
        #expect(delay(.throttled(after: nil), attempt: 5) == .milliseconds(1_600))
    }

    @Test func whatTheStoreAsksForIsTheLeast() {
        #expect(delay(.throttled(after: .seconds(7))) == .seconds(7))
        #expect(delay(.retry(after: .seconds(7)), jitter: 0) == .seconds(7))
        #expect(delay(.retry(after: .milliseconds(1))) == .milliseconds(100))
    }

    @Test func someCostNothingAndSomeEnd() {
        #expect(delay(.staleConnection, attempt: 99, elapsed: .seconds(99_999)) == .zero)
        #expect(delay(.refreshCredentials, attempt: 99) == .zero)
        #expect(delay(.giveUp) == nil)
    }
}
