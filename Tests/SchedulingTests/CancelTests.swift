import DevStore
import Model
import Storage
import Testing

@testable import Scheduling

/// Cancel at each step.
@Suite(.timeLimit(.minutes(5))) struct CancelTests {
    @Test(arguments: Step.allCases)
    func nothingIsLeftAndARetryMovesTheRest(step: Step) async throws {
        try await World.with { world in
            try world.makeTree()
            try await world.serve(OrphanTests.quick) { service in
                let id = try await world.submit(service, at: step)
                let asked = try await service.scheduler.cancel(id)
                // An abort needs a permit.
                service.permits.setCap(64)
                #expect([.cancelling, .cancelled].contains(asked.job.state))
                if step == .createMultipartUpload {
                    // Its reply is cut off before the store has begun: nobody could know the upload otherwise.
                    _ = try await service.reached(id, .cancelled)
                }
                let job = try await service.ended(id)
                #expect(job.state == .cancelled)
                #expect(try await world.comesToRest(service))
                #expect(service.scheduler.liveParts(of: job.number).isEmpty)
                world.devStore.faults.set([])
                _ = try await service.status(id) { $0.openUploads?.count == 0 }
                #expect(try await world.openUploads().isEmpty)
                #expect(try await service.store.openIntentions(job.number).isEmpty)
                #expect(try await service.scheduler.cancel(id).job.state == .cancelled)

                _ = try await service.scheduler.retry(id)
                let again = try await service.ended(id)
                expectExactAccounts(again, try await service.files(again).all)
                #expect(again.state == .succeeded && again.attempt == 2)
                #expect(again.counters.partsTotal == Step.parts && again.counters.partsSucceeded == Step.parts)
            }
        }
    }
}
