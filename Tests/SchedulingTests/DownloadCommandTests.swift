import DevStore
import Model
import Storage
import Testing

@testable import Scheduling
@testable import Transfers

/// Cancel, pause and the service's end at each step of a download.
@Suite(.timeLimit(.minutes(5))) struct DownloadCommandTests {
    @Test(arguments: DownloadStep.allCases)
    func aCancelLeavesNothingHalfAndARetryFetchesTheRest(step: DownloadStep) async throws {
        try await World.with { world in
            let objects = try await world.putObjects()
            try await world.serve { service in
                let id = try await world.submit(service, at: step)
                _ = try await service.scheduler.cancel(id)
                let job = try await service.ended(id)
                #expect(job.state == .cancelled)
                #expect(try await world.comesToRest(service))
                #expect(service.scheduler.liveParts(of: job.number).isEmpty)
                #expect(world.temporaries.isEmpty)
                for (path, content) in world.downloaded() { #expect(objects[path] == content) }
                world.devStore.faults.set([])

                _ = try await service.scheduler.retry(id)
                let again = try await service.ended(id)
                expectExactAccounts(again, try await service.files(again).all)
                #expect(again.state == .succeeded && again.attempt == 2)
                #expect(again.counters.partsTotal == Step.parts && again.counters.partsSucceeded == Step.parts)
            }
            world.expectDownloaded(objects)
        }
    }

    @Test(arguments: DownloadStep.allCases)
    func aPauseLetsRequestsFinishAndNothingIsFetchedTwice(step: DownloadStep) async throws {
        try await World.with { world in
            let objects = try await world.putObjects()
            try await world.serve { service in
                let id = try await world.submit(service, at: step)
                let asked = try await service.scheduler.pause(id)
                if step != .begin { #expect(asked.job.state == .pausing && asked.live.requestsInFlight == 1) }
                world.devStore.faults.release()
                var before = 0
                var bytes = 0
                try await service.pausedAndResumed(id) { (paused: Job) async throws in
                    #expect(try await world.comesToRest(service))
                    before = world.devStore.statistics.count(.getObject)
                    bytes = paused.counters.bytesSucceeded
                }
                let job = try await service.ended(id)
                expectExactAccounts(job, try await service.files(job).all)
                #expect(job.state == .succeeded && job.attempt == 1)
                #expect(job.counters.partsTotal == Step.parts && job.counters.partsSucceeded == Step.parts)
                #expect(job.counters.bytesResent == 0)
                #expect(before <= Step.parts + 12 && bytes <= job.counters.bytesTotal)
                if step == .thirdRange {
                    #expect(job.counters.bytesReused >= 3 * Int(World.partSize) - 5)
                }
            }
            #expect(world.devStore.statistics.count(.getObject) == Step.parts + 12)
            world.expectDownloaded(objects)
        }
    }

    @Test(arguments: DownloadStep.allCases)
    func whatWasCutByTheServicesEndGoesOnAtTheNextStart(step: DownloadStep) async throws {
        try await World.with { world in
            let objects = try await world.putObjects()
            let id = try await world.serve(drainWithin: .zero) { try await world.submit($0, at: step) }
            world.devStore.faults.release()
            try await world.serve { service in
                let job = try await service.ended(id)
                expectExactAccounts(job, try await service.files(job).all)
                #expect(job.state == .succeeded && job.attempt == 1)
                #expect(job.counters.partsTotal == Step.parts && job.counters.partsSucceeded == Step.parts)
                if step == .thirdRange { #expect(job.counters.bytesReused >= 2 * Int(World.partSize) - 5) }
            }
            world.expectDownloaded(objects)
        }
    }

    /// What a process that was killed could not remove.
    @Test func aJobThatIsCancelledLaterTakesItsTemporariesAlong() async throws {
        try await World.with { world in
            try await world.putObjects()
            let id = try await world.serve(drainWithin: .zero) { try await world.submit($0, at: .thirdRange) }
            #expect(world.temporaries.count == 1)
            world.devStore.faults.release()
            world.devStore.faults.set([FaultRule(.headObject).silent(), FaultRule(.getObject).silent()])
            try await world.serve { service in
                await world.held(1)
                // As of a small object, by a process that was killed.
                let rows = try await service.store.files(service.scheduler.status(id).job.number, limit: 100)
                for row in rows where row.state == .pending && row.path.starts(with: "small/".utf8) {
                    try world.tree.file(
                        "out/small/.longshore-\(DownloadTarget.token(of: row.number, in: id.rawValue)).part", 1)
                }
                _ = try await service.scheduler.cancel(id)
                let outcome1 = try await service.ended(id).state
                #expect(outcome1 == .cancelled)
                #expect(world.temporaries.isEmpty)
            }
            world.devStore.faults.set([])
        }
    }
}
