import DevStore
import Model
import Storage
import Testing

@testable import Scheduling

/// Pause and resume at each step: what is in flight is let finish, and nothing is sent twice.
@Suite(.timeLimit(.minutes(5))) struct PauseTests {
    /// Before what was in flight has finished, again and again.
    @Test(arguments: Step.allCases)
    func aPauseThatIsUndoneAtOnceCostsNothing(step: Step) async throws {
        try await World.with { world in
            try world.makeTree()
            try await world.serve { service in
                let id = try await world.submit(service, at: step)
                for _ in 0..<3 {
                    let asked = try await service.scheduler.pause(id)
                    let resumed = try await service.scheduler.resume(id)
                    #expect([.running, .queued].contains(resumed.job.state), "\(asked.job.state)")
                }
                world.goOn(service)
                let job = try await service.ended(id)
                expectExactAccounts(job, try await service.files(job).all)
                #expect(job.state == .succeeded && job.attempt == 1 && job.counters.bytesResent == 0)
            }
            #expect(world.devStore.statistics.count(.uploadPart) == Step.parts)
            #expect(world.devStore.statistics.count(.putObject) == 12)
            try await world.expectIdenticalTree()
        }
    }

    @Test(arguments: Step.allCases)
    func whatWasInFlightFinishesAndTheRestGoesOn(step: Step) async throws {
        try await World.with { world in
            try world.makeTree()
            try await world.serve { service in
                let id = try await world.submit(service, at: step)
                let asked = try await service.scheduler.pause(id)
                #expect([.pausing, .paused].contains(asked.job.state))
                if step.holdsRequest {
                    #expect(asked.job.state == .pausing && asked.live.requestsInFlight == 1)
                }
                world.goOn(service)
                var sent = 0
                try await service.pausedAndResumed(id) { (paused: Job) async throws in
                    #expect(try await world.comesToRest(service))
                    #expect(service.scheduler.liveParts(of: paused.number).isEmpty)
                    sent = await world.answered(.uploadPart)
                    if let parts = step.partsAfter, parts > 0 { #expect(sent == parts) }
                }
                let job = try await service.ended(id)
                expectExactAccounts(job, try await service.files(job).all)
                #expect(job.state == .succeeded && job.attempt == 1)
                #expect(job.counters.partsTotal == Step.parts && job.counters.partsSucceeded == Step.parts)
                #expect(job.counters.bytesResent == 0)
                let wasOpen = step != .completeMultipartUpload && step.partsBefore != nil
                #expect(job.counters.bytesReused >= (wasOpen ? sent : 0) * Int(World.partSize) - 5)
            }
            #expect(world.devStore.statistics.count(.uploadPart) == Step.parts)
            #expect(world.devStore.statistics.count(.putObject) == 12)
            #expect(world.devStore.statistics.count(.createMultipartUpload) == 1)
            try await world.expectIdenticalTree()
        }
    }
}
