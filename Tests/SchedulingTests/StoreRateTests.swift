import Model
import Support
import Testing

@testable import Scheduling

/// The shared slow-down, in simulated time.
@Suite(.serialized, .timeLimit(.minutes(2))) struct StoreRateTests {
    private func job(_ number: Int) -> JobNumber { JobNumber(Int64(number)) }

    private func jobs(_ count: Int, files: Int) -> [JobNumber: (weight: Int, files: Int)] {
        Dictionary(uniqueKeysWithValues: (1...count).map { (job($0), (5, files)) })
    }

    @Test(arguments: [(0.002, 200.0), (0.020, 50), (0.100, 200), (0.020, 600)])
    func aCappedStoreIsUsedAndNotStormed(latency: Double, cap: Double) async {
        let seed = SeededGenerator().seed
        let files = Int(cap * 5)
        var world = PacedWorld(cap: 64, jobs: jobs(4, files: files), refuses: .above(cap), latency: latency, seed: seed)
        await world.run(until: 600)
        #expect(world.isDone, "seed \(seed)")
        let (requests, used) = (Double(world.sent) / Double(4 * files), Double(4 * files) / world.now / cap)
        // At 100 ms and a cap of 64 no more than 640 a second can be in flight.
        let most = min(1, 64 / latency / cap)
        #expect(requests <= 1.3, "\(requests) requests for each file, seed \(seed)")
        #expect(used >= 0.75 * most, "\(used) of the rate used, seed \(seed)")
    }

    @Test(arguments: [0.010, 0.030])
    func aStoreThatRefusesByChanceIsNotStarvedAndRecovers(latency: Double) async {
        let seed = SeededGenerator().seed
        var world = PacedWorld(
            cap: 8, jobs: jobs(4, files: 1_000_000), refuses: .share(0.3, until: 60), latency: latency, seed: seed)
        await world.run(until: 60)
        let most = 8 / latency
        let duringStorm = Double(world.acceptedInAll) / 60
        #expect(duringStorm >= 0.1 * most, "\(duringStorm) of \(most) a second, seed \(seed)")
        #expect(Double(world.sent) / Double(world.acceptedInAll) <= 1.5, "seed \(seed)")
        await world.run(until: 92)
        let recovered = Double(world.acceptedIn[90])
        #expect(recovered >= 0.9 * most, "\(recovered) of \(most) a second, seed \(seed)")
        #expect(!world.rules.isPacing, "seed \(seed)")
    }

    @Test func aStoreThatRefusesEverythingIsAskedSeldomAndRecovers() async {
        let seed = SeededGenerator().seed
        var world = PacedWorld(
            cap: 4, jobs: jobs(4, files: 100_000), refuses: .everything(until: 300), latency: 0.005, seed: seed)
        await world.run(until: 300)
        let late = world.sentAt.count { $0 > 30 }
        #expect(late <= 400 && late >= 200, "\(late) requests in 270 s, seed \(seed)")
        await world.run(until: 331)
        #expect(!world.rules.isPacing && world.acceptedIn[329] > 700, "seed \(seed)")
    }

    @Test func whileARateBindsJobsShareItByWeight() async {
        let seed = SeededGenerator().seed
        var world = PacedWorld(
            cap: 64, jobs: [job(1): (9, 100_000), job(2): (1, 100_000)], refuses: .above(200), latency: 0.002,
            seed: seed)
        await world.run(until: 5)
        let early = world.accepted
        await world.run(until: 65)
        let moved = [1, 2].map { (world.accepted[job($0)] ?? 0) - (early[job($0)] ?? 0) }
        let ratio = Double(moved[0]) / Double(max(1, moved[1]))
        #expect(ratio > 7 && ratio < 11, "\(moved), seed \(seed)")
    }

    @Test func aWaitThatTheStoreAsksForHoldsAll() async {
        let seed = SeededGenerator().seed
        var world = PacedWorld(
            cap: 16, jobs: jobs(4, files: 1_000), refuses: .everything(until: 0.5), latency: 0.005, seed: seed,
            retryAfter: 7)
        await world.run(until: 60)
        let first = world.sentAt.prefix { $0 < 1 }
        #expect(first.count <= 2 * 16, "\(first.count) requests before the pause, seed \(seed)")
        let firstLater = world.sentAt.first { $0 >= 1 } ?? 0
        #expect(firstLater >= 7 && firstLater < 7.1, "\(firstLater), seed \(seed)")
        #expect(world.isDone, "seed \(seed)")
    }

    @Test func whereNothingIsRefusedNoClockIsNeeded() async {
        var world = PacedWorld(cap: 16, jobs: jobs(2, files: 500), refuses: .nothing, latency: 0.01, seed: 1)
        await world.run(until: 60)
        #expect(world.isDone && !world.rules.isPacing && world.rules.round == 0 && world.sent == 1_000)
    }

    /// The refusals of requests that were under way together are one event.
    @Test func whatWasInFlightSaysNothingNew() {
        var rate = StoreRate(round: 5, now: 0)
        for _ in 0..<500 {
            let isDecided = rate.reply(of: 4, now: 0.01) || rate.refusal(of: 4, after: nil, now: 0.01)
            #expect(!isDecided)
        }
        #expect(rate.perSecond(now: 0.01) == .infinity)
    }

    @Test func theRateClimbsByItsCurve() {
        var rate = StoreRate(round: 1, now: 0)
        for _ in 0..<100 { rate.start(now: 0.1) }
        for index in 0..<100 {
            var isDecided = rate.reply(of: 1, now: 0.5)
            if index % 2 == 0 { isDecided = rate.refusal(of: 1, after: nil, now: 0.5) || isDecided }
            #expect(!isDecided)
        }
        let isDecided = rate.reply(of: 1, now: 0.5)
        #expect(isDecided)
        rate.endRound(next: 2, now: 0.5)
        // 200 a second were sent and half of them refused: 100 are borne.
        for (seconds, expected) in [(0.0, 90.0), (1, 97.04), (3, 100), (6, 110), (9, 180)] {
            #expect(abs(rate.perSecond(now: 0.5 + seconds) - expected) < 0.01, "after \(seconds) s")
        }
        #expect(!rate.isOver(now: 20.4) && rate.isOver(now: 20.5))
    }
}
