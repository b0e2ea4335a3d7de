import DevStore
import Model
import Testing

@testable import Scheduling

/// A part in a thousand takes 5 s.
@Suite(.timeLimit(.minutes(1)), .serialized) struct HedgeTests {
    private static let parts = 200
    /// About 2 s on a machine that does nothing else; whoever waits for the late answer needs 30.
    private static let withoutWaiting = Duration.seconds(25)

    private func run(_ world: World, _ rules: [FaultRule]) async throws -> (job: Job, time: Duration) {
        try world.tree.file("f", Self.parts * Int(World.partSize))
        world.devStore.faults.set(rules)
        let begin = ContinuousClock.now
        let job = try await world.serve { service in
            let job = try await service.run(world.spec())
            expectExactAccounts(job, try await service.files(job).all)
            return job
        }
        #expect(job.state == .succeeded)
        return (job, begin.duration(to: .now))
    }

    @Test func theFirstAnswerWinsAndTheLoserIsCounted() async throws {
        try await World.with { world in
            let (job, time) = try await run(
                world, [FaultRule(.uploadPart, from: 100, count: 1).delayed(milliseconds: 30_000)])
            #expect(time < Self.withoutWaiting, "\(time)")
            #expect(job.counters.bytesResent == Int(World.partSize))
            #expect(job.counters.partsSucceeded == Self.parts && job.counters.partsTotal == Self.parts)
            // The store counts the one that was cut for as long as it would have taken.
            #expect(world.devStore.statistics.inFlight.highest <= 8 + 1)
            try await world.expectIdenticalTree()
        }
    }

    /// Both are stored; the ETags are the store's.
    @Test func aLoserThatWasStoredTooDoesNoHarm() async throws {
        try await World.with { world in
            let (job, time) = try await run(
                world, [FaultRule(.uploadPart, from: 150, count: 1).silent(executes: true)])
            #expect(time < Self.withoutWaiting, "\(time)")
            #expect(job.counters.bytesResent == Int(World.partSize))
            world.devStore.faults.release()
            try await world.expectIdenticalTree()
        }
    }

    @Test func whereETagsAreOpaqueNothingIsSentTwice() async throws {
        try await World.with(configure: { $0.etags = .opaque }) { world in
            let (job, time) = try await run(
                world, [FaultRule(.uploadPart, from: 100, count: 1).delayed(milliseconds: 2_500)])
            #expect(time >= .milliseconds(2_500) && job.counters.bytesResent == 0)
            #expect(world.devStore.statistics.count(.uploadPart) == Self.parts)
        }
    }

    /// Every part takes as long: none of them is late.
    @Test func aSlowStoreIsNotAskedTwice() async throws {
        try await World.with { world in
            try world.tree.file("f", 40 * Int(World.partSize))
            world.devStore.faults.latency = .milliseconds(1_100)
            try await world.serve { service in
                let job = try await service.run(world.spec { $0.concurrency = 16 })
                #expect(job.state == .succeeded && job.counters.bytesResent == 0)
            }
            #expect(world.devStore.statistics.count(.uploadPart) == 40)
        }
    }
}
