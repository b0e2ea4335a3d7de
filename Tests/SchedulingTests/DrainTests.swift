import DevStore
import Model
import Storage
import Testing

@testable import Scheduling

/// The service stops at each step, and another one takes up what it left.
@Suite(.timeLimit(.minutes(5))) struct DrainTests {
    @Test(arguments: Step.allCases)
    func requestsInFlightFinishAndTheNextServiceGoesOn(step: Step) async throws {
        try await World.with { world in
            try world.makeTree()
            let id = try await world.serve { service in
                let id = try await world.submit(service, at: step)
                async let drained: Void = service.scheduler.drain(within: .seconds(60))
                while !service.scheduler.isDraining { await Task.yield() }
                world.devStore.faults.release()
                await drained
                return id
            }
            let sent = await world.answered(.uploadPart)
            if let parts = step.partsAfter, parts > 0 { #expect(sent == parts) }
            try await world.serve { service in
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

    /// Not even a moment is given: the request is cut, and the store carries it out all the same or not.
    @Test(arguments: Step.allCases)
    func requestsThatAreCutAreSentAgain(step: Step) async throws {
        try await World.with { world in
            try world.makeTree()
            let id = try await world.serve(drainWithin: .zero) { try await world.submit($0, at: step) }
            world.devStore.faults.release()
            try await world.serve(OrphanTests.quick) { service in
                let job = try await service.ended(id)
                expectExactAccounts(job, try await service.files(job).all)
                #expect(job.state == .succeeded && job.attempt == 1)
                #expect(job.counters.partsTotal == Step.parts && job.counters.partsSucceeded == Step.parts)
                #expect(job.counters.bytesReused >= (step.partsBefore ?? 0) * Int(World.partSize) - 5)
                // Of the creation that was cut nobody knows the upload's id.
                _ = try await service.status(id) { $0.openUploads?.count == 0 }
            }
            try await world.expectIdenticalTree()
        }
    }

    @Test func aDrainingServiceTakesNoJob() async throws {
        try await World.with { world in
            try world.tree.file("f", 1)
            try await world.serve { service in
                await service.scheduler.drain(within: .zero)
                await #expect(throws: SchedulerError.self) { _ = try await service.scheduler.submit(world.spec()) }
                #expect(service.scheduler.unreadyReason != nil)
            }
        }
    }

    @Test func whatWasAskedForBeforeTheStopIsDoneAfterIt() async throws {
        try await World.with { world in
            try world.makeTree()
            let (cancelled, paused) = try await world.serve(drainWithin: .zero) { service in
                let ids = (
                    try await world.submit(service, at: .thirdPart),
                    try await service.submit(world.spec { $0.prefix = "q/" })
                )
                let second = try await service.ended(ids.1)
                #expect(second.state == .succeeded)
                let third = try await service.submit(world.spec { $0.prefix = "r/" })
                _ = try await service.scheduler.pause(third)
                await service.scheduler.drain(within: .zero)
                _ = try await service.scheduler.cancel(ids.0)
                return (ids.0, third)
            }
            try await world.serve { service in
                #expect(try await service.ended(cancelled).state == .cancelled)
                #expect(try await world.openUploads().isEmpty)
                let third = try await service.status(paused) { $0.job.state == .paused || $0.job.state.isFinal }
                if third.job.state == .paused { _ = try await service.scheduler.resume(paused) }
                #expect(try await service.ended(paused).state == .succeeded)
            }
        }
    }
}
