import DevStore
import Model
import Testing

@testable import Scheduling

/// A part in a thousand takes 5 s.
@Suite(.timeLimit(.minutes(5)), .serialized) struct HedgeTests {
    private static let parts = 60
    /// Less than a second on a machine that does nothing else; whoever waits for the late answer needs the 60 s after which
    /// its request is given up.
    private static let withoutWaiting = Duration.seconds(55)

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
                world, [FaultRule(.uploadPart, from: 40, count: 1).delayed(milliseconds: 240_000)])
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
                world, [FaultRule(.uploadPart, from: 45, count: 1).silent(executes: true)])
            #expect(time < Self.withoutWaiting, "\(time)")
            #expect(job.counters.bytesResent == Int(World.partSize))
            world.devStore.faults.release()
            try await world.expectIdenticalTree()
        }
    }

    @Test func whereETagsAreOpaqueNothingIsSentTwice() async throws {
        try await World.with(configure: { $0.etags = .opaque }) { world in
            let (job, time) = try await run(
                world, [FaultRule(.uploadPart, from: 40, count: 1).delayed(milliseconds: 2_500)])
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
