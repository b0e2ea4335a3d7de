import Model
import Support
import Testing
import Transfers

@testable import Scheduling

/// Which uploads at a key are aborted, reported, waited for or passed over.
struct OrphanRuleTests {
    private static let origin = Timestamp(microseconds: 1_795_246_320_000_000)

    private func time(_ seconds: Double) -> Timestamp {
        Self.origin.advanced(by: .microseconds(Int64(seconds * 1_000_000)))
    }

    private func lost(_ id: Int64, _ from: Double, _ to: Double) -> OrphanRule.Lost {
        OrphanRule.Lost(id: id, createTime: time(from), lostTime: time(to))
    }

    private func candidate(_ name: String, at seconds: Double?, hasParts: Bool? = false) -> OrphanRule.Candidate {
        OrphanRule.Candidate(upload: UploadID(name), initiated: seconds.map(time), hasParts: hasParts)
    }

    private func rule(_ now: Double, skew: Double? = 0) -> OrphanRule {
        OrphanRule(now: time(now), storeTime: skew.map { time(now + $0) })
    }

    private func finding(_ verdict: OrphanRule.Verdict) throws -> OrphanRule.Finding {
        guard case .decided(let finding) = verdict else { throw Unexpected("undecided: \(verdict)") }
        return finding
    }

    @Test func theOneThatLiesInTheWindowAndIsEmptyIsAborted() throws {
        let found = try finding(rule(20).decide([lost(1, 0, 10)], [candidate("a", at: 3)]))
        #expect(found.aborts == [UploadID("a"): 1] && found.suspects.isEmpty && found.over.isEmpty)
    }

    @Test func partsAreLookedForFirst() {
        let verdict = rule(20).decide([lost(1, 0, 10)], [candidate("a", at: 3, hasParts: nil)])
        #expect(verdict == .look([UploadID("a")]))
    }

    @Test func theWindowIsTheStoresOwnTime() throws {
        for skew in [-3_600.0, -600, 600, 3_600] {
            let here = try finding(
                rule(20, skew: skew).decide([lost(1, 0, 10)], [candidate("a", at: 3 + skew)]))
            #expect(here.aborts.count == 1, "skew \(skew)")
            let there = try finding(rule(20, skew: skew).decide([lost(1, 0, 10)], [candidate("a", at: 3)]))
            #expect(there.aborts.isEmpty, "skew \(skew)")
        }
    }

    /// Initiated, has parts, how many others: whether it is reported.
    @Test(arguments: [
        (-4.9, false, 0, false), (-5.1, false, 0, true), (14.9, false, 0, false), (15.1, false, 0, true),
        (3, true, 0, true), (3, false, 1, true), (-899, false, 0, true), (909, false, 0, true),
    ])
    func whatIsNotCertainIsReported(initiated: Double, hasParts: Bool, others: Int, isReported: Bool) throws {
        let candidates =
            [candidate("a", at: initiated, hasParts: hasParts)] + (0..<others).map { candidate("o\($0)", at: 4) }
        let found = try finding(rule(1_000).decide([lost(1, 0, 10)], candidates))
        #expect(found.suspects.isEmpty != isReported && found.aborts.isEmpty == isReported)
        #expect(found.suspects.isEmpty || (found.suspects.count == 1 + others && !found.reason.isEmpty))
    }

    @Test func whatNobodyOfUsCanHaveCreatedIsPassedOver() throws {
        for initiated in [-901.0, 911] {
            let found = try finding(rule(20).decide([lost(1, 0, 10)], [candidate("a", at: initiated, hasParts: true)]))
            #expect(found == OrphanRule.Finding())
        }
    }

    @Test func aTimeThatCanNotBeReadIsReported() throws {
        let found = try finding(rule(20).decide([lost(1, 0, 10)], [candidate("a", at: nil)]))
        #expect(found.suspects == [UploadID("a")])
    }

    @Test func aCreationIsOverOnceItsSignatureIs() throws {
        for (now, skew, isOver) in [
            (910.0, 0.0, false), (916, 0, true), (916, -10, false), (930, -10, true), (916, 600, true),
        ] {
            let found = try finding(rule(now, skew: skew).decide([lost(7, 0, 10)], []))
            #expect(found.over == (isOver ? [7] : []), "\(now) \(skew)")
        }
    }

    @Test func severalLostCreationsEachAccountForOne() throws {
        let creations = [lost(1, 0, 10), lost(2, 11, 20)]
        let both = try finding(rule(30).decide(creations, [candidate("a", at: 2), candidate("b", at: 13)]))
        #expect(both.aborts == [UploadID("a"): 1, UploadID("b"): 2])
        let early = try finding(rule(30).decide(creations, [candidate("a", at: 2), candidate("b", at: 3)]))
        #expect(early.suspects.count == 2, "both were begun before the second creation")
    }

    // MARK: Whatever comes

    /// Against the rule in other words: an abort needs a perfect matching, found by trying all orders.
    @Test func nothingUncertainIsEverAborted() throws {
        var generator = SeededGenerator()
        let seed = generator.seed
        for round in 0..<3_000 {
            let skew = Double.random(in: -100...100, using: &generator)
            let creations = (0..<Int.random(in: 1...3, using: &generator)).map { index in
                let from = Double.random(in: 0...60, using: &generator)
                return lost(Int64(index), from, from + Double.random(in: 0...20, using: &generator))
            }
            let candidates = (0..<Int.random(in: 0...4, using: &generator)).map { index in
                let at =
                    Double.random(in: 0...9, using: &generator) < 1
                    ? nil : skew + .random(in: -20...90, using: &generator)
                return candidate("u\(index)", at: at, hasParts: Int.random(in: 0...5, using: &generator) == 0)
            }
            let found = try finding(rule(100, skew: skew).decide(creations, candidates))
            let note = Comment("seed \(seed), round \(round): \(creations) \(candidates) \(found)")
            let isCertain =
                !candidates.isEmpty && candidates.allSatisfy { $0.hasParts == false }
                && canServe(candidates[...], creations, skew)
            #expect(isCertain == !found.aborts.isEmpty, note)
            #expect(found.aborts.isEmpty || found.suspects.isEmpty, note)
            #expect(found.aborts.count + found.suspects.count == candidates.count, note)
            #expect(Set(found.aborts.values).count == found.aborts.count, note)
            #expect(found.over.isEmpty, note)
        }
    }

    private func canServe(
        _ candidates: ArraySlice<OrphanRule.Candidate>, _ creations: [OrphanRule.Lost], _ skew: Double
    ) -> Bool {
        guard let first = candidates.first else { return true }
        guard let initiated = first.initiated else { return false }
        let shift = Duration.microseconds(Int64(skew * 1_000_000))
        return creations.contains { creation in
            initiated >= creation.createTime.advanced(by: shift - OrphanRule.margin)
                && initiated <= creation.lostTime.advanced(by: shift + OrphanRule.margin)
                && canServe(candidates.dropFirst(), creations.filter { $0 != creation }, skew)
        }
    }
}
