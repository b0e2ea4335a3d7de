import DevStore
import Model
import Storage
import Testing

@testable import Scheduling

/// The commands at each step of a copy.
@Suite(.timeLimit(.minutes(2))) struct CopyCommandTests {
    @Test(arguments: Step.allCases, CopyRoute.allCases)
    func aPausedCopyGoesOnWhereItWas(step: Step, route: CopyRoute) async throws {
        try await World.with(route) { world in
            let objects = try await world.makeObjects(route)
            let puts = world.devStore.statistics.count(route.wholeOperation)
            try await world.serve { service in
                let id = try await world.submitCopy(service, at: step, route)
                _ = try await service.scheduler.pause(id)
                world.goOn(service)
                try await service.pausedAndResumed(id) { (paused: Job) async throws in
                    #expect(try await world.comesToRest(service))
                    #expect(service.scheduler.liveParts(of: paused.number).isEmpty)
                }
                let job = try await service.ended(id)
                expectExactAccounts(job, try await service.files(job).all)
                #expect(job.state == .succeeded && job.attempt == 1)
                #expect(job.counters.partsTotal == Step.parts && job.counters.partsSucceeded == Step.parts)
                #expect(job.counters.bytesResent == 0)
            }
            #expect(world.devStore.statistics.count(route.partOperation) == Step.parts)
            #expect(world.devStore.statistics.count(route.wholeOperation) - puts == 12)
            #expect(world.devStore.statistics.count(.createMultipartUpload) == 1)
            try await world.expectCopies(objects)
        }
    }

    @Test(arguments: Step.allCases, CopyRoute.allCases)
    func aCancelledCopyLeavesNothingAndARetryCopiesTheRest(step: Step, route: CopyRoute) async throws {
        try await World.with(route) { world in
            let objects = try await world.makeObjects(route)
            try await world.serve { service in
                let id = try await world.submitCopy(service, at: step, route)
                _ = try await service.scheduler.cancel(id)
                service.permits.setCap(64)
                let job = try await service.ended(id)
                #expect(job.state == .cancelled)
                #expect(try await world.comesToRest(service))
                #expect(service.scheduler.liveParts(of: job.number).isEmpty)
                if step != .createMultipartUpload {
                    #expect(try await world.openUploads().isEmpty)
                    #expect(try await service.store.openIntentions(job.number).isEmpty)
                }
                world.devStore.faults.set([])
                _ = try await service.scheduler.retry(id)
                let again = try await service.ended(id)
                expectExactAccounts(again, try await service.files(again).all)
                #expect(again.state == .succeeded && again.attempt == 2)
            }
            for (key, bytes) in objects { #expect(try await world.bytes("p/\(key)") == bytes, "\(key)") }
        }
    }

    @Test(arguments: Step.allCases, CopyRoute.allCases)
    func aCopyThatWasCutOffGoesOnAfterAStart(step: Step, route: CopyRoute) async throws {
        try await World.with(route) { world in
            let objects = try await world.makeObjects(route)
            let id = try await world.serve(drainWithin: .zero) { service in
                try await world.submitCopy(service, at: step, route)
            }
            world.devStore.faults.set([])
            try await world.serve { service in
                let job = try await service.ended(id)
                expectExactAccounts(job, try await service.files(job).all)
                #expect(job.state == .succeeded && job.counters.filesTotal == 13)
                #expect(job.counters.partsTotal == Step.parts && job.counters.partsSucceeded == Step.parts)
                let recorded = (step.partsBefore ?? 0) * Int(World.partSize) - 5
                #expect(job.counters.bytesReused >= (step.partsBefore ?? 0 > 0 ? recorded : 0))
            }
            for (key, bytes) in objects { #expect(try await world.bytes("p/\(key)") == bytes, "\(key)") }
        }
    }
}
