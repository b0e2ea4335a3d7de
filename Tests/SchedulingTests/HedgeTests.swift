import DevStore
import Model
import Testing

@testable import Scheduling

/// A part in a thousand takes 5 s.
@Suite(.timeLimit(.minutes(5)), .serialized) struct HedgeTests {
    /// So many that a machine that stands still for a second or two, and so is late itself, has not used up all second
    /// requests that are allowed.
    private static let parts = 120
    /// About a second on a machine that does nothing else; whoever waits for the late answer needs the 60 s after which
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

    /// Nothing was sent in vain but beside second requests; the one for the late part has sent all of it. The store counts
    /// what it has answered: not the late one.
    private func expectResent(_ job: Job, _ world: World) {
        let second = 1 + world.devStore.statistics.count(.uploadPart) - Self.parts
        #expect(second >= 1)
        #expect((Int(World.partSize)...max(1, second) * Int(World.partSize)).contains(job.counters.bytesResent))
    }

    @Test func theFirstAnswerWinsAndTheLoserIsCounted() async throws {
        try await World.with { world in
            let (job, time) = try await run(
                world, [FaultRule(.uploadPart, from: 100, count: 1).delayed(milliseconds: 240_000)])
            #expect(time < Self.withoutWaiting, "\(time)")
            expectResent(job, world)
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
                world, [FaultRule(.uploadPart, from: 105, count: 1).silent(executes: true)])
            #expect(time < Self.withoutWaiting, "\(time)")
            expectResent(job, world)
            world.devStore.faults.release()
            try await world.expectIdenticalTree()
        }
    }

    /// The first job's late parts are answered while their second requests wait for its only permit.
    @Test func aSecondRequestThatWasNotSentIsNotCounted() async throws {
        try await World.with { world in
            try world.tree.file("first/f", 60 * Int(World.partSize))
            try world.tree.file("second/f", 30 * Int(World.partSize))
            world.devStore.faults.set([
                FaultRule(.uploadPart, from: 25, count: 1).delayed(milliseconds: 1_500),
                FaultRule(.uploadPart, from: 53, count: 1).delayed(milliseconds: 1_500),
                FaultRule(.uploadPart, from: 75, count: 1).delayed(milliseconds: 240_000),
            ])
            try await world.serve { service in
                let first = try await service.run(
                    world.spec {
                        $0.source = world.tree.path + "/first"
                        $0.concurrency = 1
                    })
                #expect(first.state == .succeeded && first.counters.bytesResent == 0)
                let begin = ContinuousClock.now
                let job = try await service.run(world.spec { $0.source = world.tree.path + "/second" })
                #expect(job.state == .succeeded)
                #expect(begin.duration(to: .now) < Self.withoutWaiting)
            }
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
