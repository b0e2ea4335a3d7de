import Testing

@testable import Transfers

@Suite struct HedgeRuleTests {
    private func rule(_ seconds: [Double]) -> HedgeRule {
        var rule = HedgeRule()
        for value in seconds { rule.ended(after: value) }
        return rule
    }

    @Test func nothingIsLateWhileLittleIsKnown() {
        let quick = [Double](repeating: 0.2, count: HedgeRule.fewestSamples - 1)
        #expect(rule([]).patience == nil && rule(quick).patience == nil)
        #expect(rule(quick + [0.2]).patience == 1)
    }

    @Test(
        arguments: [
            ([Double](repeating: 0.01, count: 64), 1.0), ([Double](repeating: 0.5, count: 64), 1.5),
            // One in ten is slow by itself: then slow is not late.
            ([Double](repeating: 0.2, count: 18) + [2, 2, 2], 6),
            // A single slow one changes nothing.
            ([Double](repeating: 0.2, count: 63) + [5], 1),
        ] as [([Double], Double)])
    func patienceFollowsTheSlowerOnes(seconds: [Double], patience: Double) {
        #expect(rule(seconds).patience == patience)
    }

    @Test func aWayThatIsSlowIsNotMadeSlower() {
        #expect(rule([Double](repeating: 5, count: 64)).patience == 15)
        #expect(rule([Double](repeating: 5.1, count: 64)).patience == nil)
        // Only the newest count: it recovers.
        #expect(rule([Double](repeating: 60, count: 64) + [Double](repeating: 0.1, count: 64)).patience == 1)
    }

    @Test(arguments: [0, 20, 1_000, 100_000])
    func fewRequestsAreSentTwice(requests: Int) {
        var rule = HedgeRule()
        var hedges = 0
        // Every single one would be late.
        for _ in 0..<requests {
            rule.ended(after: 1)
            if rule.takeHedge() { hedges += 1 }
        }
        #expect(hedges <= 1 + requests / 50 && hedges >= requests / 50 - 1)
    }

    @Test func aLongTimeWithoutNeedSavesUpFew() {
        var rule = rule([Double](repeating: 0.1, count: 100_000))
        var hedges = 0
        while rule.takeHedge() { hedges += 1 }
        #expect(hedges == 4)
        rule.giveBackHedge()
        #expect(rule.takeHedge() && !rule.takeHedge())
        for _ in 0..<6 { rule.giveBackHedge() }
        while rule.takeHedge() { hedges += 1 }
        #expect(hedges == 8)
    }

    @Test func sizesAreKnownApart() {
        let hedging = Hedging()
        for _ in 0..<HedgeRule.fewestSamples { hedging.ended(bytes: 8 << 20, after: .milliseconds(100)) }
        #expect(hedging.patience(bytes: 9 << 20) == .seconds(1))
        #expect(hedging.patience(bytes: 64 << 20) == nil && hedging.patience(bytes: 1 << 20) == nil)
    }
}
