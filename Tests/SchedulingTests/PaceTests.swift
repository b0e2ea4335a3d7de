import Synchronization
import Testing

@testable import Scheduling

/// Bandwidth: how it is kept and how it is measured.
@Suite(.timeLimit(.minutes(5))) struct PaceTests {
    private let start = ContinuousClock().now

    @Test func withoutALimitNobodyWaits() async throws {
        let pacer = Pacer(limit: nil)
        for _ in 0..<1_000 { try await pacer.reserve(bytes: 1 << 40, lanes: 1) }
        #expect(pacer.limit == nil)
    }

    @Test func theFirstGoesAtOnceAndTheNextWaitsForItsTime() async throws {
        let pacer = Pacer(limit: 1_000)
        let began = ContinuousClock().now
        try await pacer.reserve(bytes: 50, lanes: 1)
        try await pacer.reserve(bytes: 0, lanes: 1)
        #expect(began.duration(to: ContinuousClock().now) >= .milliseconds(50))
    }

    @Test func aCancelledWaiterLeavesAndALimitMayBeTakenAway() async throws {
        let pacer = Pacer(limit: 1)
        try await pacer.reserve(bytes: 1_000_000, lanes: 1)
        await withTaskGroup { group in
            group.addTask {
                await #expect(throws: CancellationError.self) { try await pacer.reserve(bytes: 1, lanes: 1) }
            }
            group.cancelAll()
            await group.waitForAll()
        }
        pacer.set(limit: nil)
        try await pacer.reserve(bytes: 1, lanes: 1)
    }

    @Test func aRaisedLimitHelpsThoseWhoWaitAlready() async throws {
        let pacer = Pacer(limit: 1)
        try await pacer.reserve(bytes: 1_000_000, lanes: 1)
        await withTaskGroup { group in
            for _ in 0..<3 {
                group.addTask { await #expect(throws: Never.self) { try await pacer.reserve(bytes: 1, lanes: 1) } }
            }
            pacer.set(limit: 1 << 40)
            await group.waitForAll()
            pacer.set(limit: 1)
        }
        // A lowered one counts from now on, too: what was reserved has had its time.
        try await pacer.reserve(bytes: 5, lanes: 1)
    }

    @Test func lanesBeginTogetherAndTheNextWaits() async throws {
        let pacer = Pacer(limit: 1_000)
        let began = ContinuousClock().now
        for _ in 0..<4 { try await pacer.reserve(bytes: 50, lanes: 4) }
        try await pacer.reserve(bytes: 50, lanes: 4)
        #expect(began.duration(to: ContinuousClock().now) >= .milliseconds(50))
    }

    @Test func theRateIsThatOfTheLastSeconds() {
        var meter = RateMeter()
        #expect(meter.bytesPerSecond == 0)
        meter.sample(bytes: 1_000, at: start)
        #expect(meter.bytesPerSecond == 0)
        meter.sample(bytes: 3_000, at: start + .seconds(2))
        #expect(meter.bytesPerSecond == 1_000)
        // Nothing moves any more: half a minute later the rate is 0.
        for second in 3...30 { meter.sample(bytes: 3_000, at: start + .seconds(second)) }
        #expect(meter.bytesPerSecond == 0)
    }

    @Test func bytesTakenBackByARepetitionAreNoNegativeRate() {
        var meter = RateMeter()
        meter.sample(bytes: 5_000, at: start)
        meter.sample(bytes: 1_000, at: start + .seconds(1))
        #expect(meter.bytesPerSecond == 0)
    }
}
