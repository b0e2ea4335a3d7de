import DevStore
import Foundation
import Model
import Storage
import Testing

@testable import Scheduling

/// Uploads that nobody goes on with: what a lost reply to CreateMultipartUpload leaves, and aborts that do not succeed at
/// once.
@Suite(.timeLimit(.minutes(5))) struct OrphanTests {
    static let quick: SchedulerConfiguration = {
        var configuration = SchedulerConfiguration()
        configuration.sweepAfter = .milliseconds(5)
        configuration.sweepAtLeastEvery = .milliseconds(50)
        configuration.abortFor = .milliseconds(300)
        return configuration
    }()

    /// A job whose creation of an upload was cut while the store had it in hand, and a service that is gone.
    private func cut(_ world: World, executes: Bool = true) async throws -> JobID {
        try world.makeTree()
        world.devStore.faults.set([FaultRule(.createMultipartUpload, count: 1).silent(executes: executes)])
        let id = try await world.serve(Self.quick, drainWithin: .zero) { service in
            let id = try await service.submit(world.spec())
            await world.held(1)
            return id
        }
        world.devStore.faults.release()
        await world.devStore.wait { $0.inFlight.now == 0 }
        return id
    }

    @Test func whatACutCreationHasLeftIsAborted() async throws {
        try await World.with { world in
            let id = try await cut(world)
            #expect(try await world.openUploads().count == 1)
            try await world.serve(Self.quick) { service in
                #expect(try await service.ended(id).state == .succeeded)
                _ = try await service.status(id) { $0.openUploads?.count == 0 }
                #expect(service.store.statistics.openIntentions == 0)
            }
            try await world.expectIdenticalTree()
        }
    }

    /// Carried out, the reply lost, sent again: two uploads, of which we hear of one.
    @Test func whatARepeatedCreationHasLeftIsAborted() async throws {
        try await World.with { world in
            try world.makeTree()
            world.devStore.faults.set([FaultRule(.createMultipartUpload, count: 1).resetting(executes: true)])
            try await world.serve(Self.quick) { service in
                let id = try await service.submit(world.spec())
                #expect(try await service.ended(id).state == .succeeded)
                _ = try await service.status(id) { $0.openUploads?.count == 0 }
            }
            #expect(world.devStore.statistics.count(.createMultipartUpload) == 2)
            try await world.expectIdenticalTree()
        }
    }

    @Test func aRefusalAfterALostReplyIsNotTheEnd() async throws {
        try await World.with { world in
            try world.makeTree()
            world.devStore.faults.set([
                FaultRule(.createMultipartUpload, count: 1).resetting(executes: true),
                FaultRule(.createMultipartUpload).failing(403, "AccessDenied"),
            ])
            try await world.serve(Self.quick) { service in
                let id = try await service.submit(world.spec())
                #expect(try await service.ended(id).counters.filesFailed == 1)
                _ = try await service.status(id) { $0.openUploads?.count == 0 }
            }
            #expect(try await world.openUploads().isEmpty)
        }
    }

    @Test func aPausedJobsLostCreationIsLookedForBeforeItGoesOn() async throws {
        try await World.with { world in
            try world.makeTree()
            world.devStore.faults.set([FaultRule(.createMultipartUpload, count: 1).silent(executes: true)])
            var configuration = Self.quick
            configuration.drain = .zero
            try await world.serve(configuration) { service in
                let id = try await service.submit(world.spec())
                await world.held(1)
                _ = try await service.scheduler.pause(id)
                _ = try await service.reached(id, .paused)
                world.devStore.faults.release()
                _ = try await service.status(id) { $0.openUploads?.count == 0 }
                #expect(try await world.openUploads().isEmpty)
                _ = try await service.scheduler.resume(id)
                #expect(try await service.ended(id).state == .succeeded)
            }
            try await world.expectIdenticalTree()
        }
    }

    /// Another program's upload beside ours: either may be ours.
    @Test func twoCandidatesAreReported() async throws {
        try await World.with { world in
            let id = try await cut(world)
            let foreign = try await world.createUpload("p/large")
            let orphans = Set(try await world.openUploads())
            try await world.serve(Self.quick) { service in
                #expect(try await service.ended(id).state == .succeeded)
                let status = try await service.status(id) { reported($0).count == 2 }
                #expect(Set(reported(status).compactMap(\.uploadID)) == orphans && orphans.contains(foreign))
                #expect(reported(status).allSatisfy { $0.key == Array("p/large".utf8) && $0.reason != nil })
                #expect(service.store.statistics.possibleOrphans == 2)
                #expect(Set(try await world.openUploads()) == orphans, "it was aborted")
                try await service.scheduler.delete(id)
                #expect(service.store.statistics.possibleOrphans == 0)
            }
        }
    }

    @Test func aCandidateWithPartsIsReported() async throws {
        try await World.with { world in
            let id = try await cut(world, executes: false)
            let foreign = try await world.createUpload("p/large")
            try await world.sendPart(foreign, "p/large")
            try await world.serve(Self.quick) { service in
                let status = try await service.status(id) { reported($0).count == 1 }
                #expect(reported(status).first?.uploadID == foreign)
                #expect(reported(status).first?.reason?.contains("parts") == true)
                #expect(try await service.ended(id).state == .succeeded)
            }
            #expect(try await world.openUploads() == [foreign])
        }
    }

    /// An upload that was begun an hour after ours can be nobody's but another's.
    @Test func anUploadOfAnotherTimeIsPassedOver() async throws {
        try await World.with { world in
            try world.tree.file("f", 1)
            let job = try await world.intend("p/large", ago: .seconds(3_600), lostAgo: .seconds(3_590))
            let foreign = try await world.createUpload("p/large")
            try await world.serve(Self.quick) { service in
                _ = try await service.status(job) { $0.openUploads?.count == 0 }
                #expect(service.store.statistics.possibleOrphans == 0)
            }
            #expect(try await world.openUploads() == [foreign])
        }
    }

    @Test(arguments: [(403, "AccessDenied"), (501, "NotImplemented")])
    func aListingThatIsDeniedIsReported(status: Int, code: String) async throws {
        try await World.with { world in
            let id = try await cut(world)
            world.devStore.faults.set([FaultRule(.listMultipartUploads).failing(status, code)])
            try await world.serve(Self.quick) { service in
                #expect(try await service.ended(id).state == .succeeded)
                let job = try await service.status(id) { reported($0).count == 1 }
                #expect(job.openUploads?.count == 1 && reported(job).first?.uploadID == nil)
                #expect(reported(job).first?.reason?.contains("ListMultipartUploads") == true)
            }
        }
    }

    @Test(arguments: [false, true])
    func abortsAreRepeatedWhileTheStoreIsAway(deleted: Bool) async throws {
        try await World.with { world in
            try world.makeTree()
            let id = try await world.serve(Self.quick) { service in
                let id = try await world.submit(service, at: .thirdPart)
                world.devStore.faults.set([FaultRule().resetting()])
                _ = try await service.scheduler.cancel(id)
                let job = try await service.ended(id)
                #expect(job.state == .cancelled)
                let status = try await service.scheduler.status(id)
                #expect(status.openUploads?.uploads.map(\.state) == [.aborting])
                if deleted { try await service.scheduler.delete(id) }
                return id
            }
            try await world.serve(Self.quick) { service in
                // Tried, and tried again, by the next service too.
                world.devStore.resetStatistics()
                await world.devStore.wait { $0.count(.abortMultipartUpload) >= 3 }
                world.devStore.faults.set([])
                while service.store.statistics.openIntentions > 0 { try await Task.sleep(for: .milliseconds(2)) }
                if !deleted { #expect(try await service.scheduler.status(id).openUploads?.count == 0) }
            }
            #expect(try await world.openUploads().isEmpty)
        }
    }

    /// A retry does not wait for the abort: the file starts anew, beside the old upload.
    @Test func aRetryDoesNotGoOnWithAnUploadThatIsBeingAborted() async throws {
        try await World.with { world in
            try world.makeTree()
            try await world.serve(Self.quick) { service in
                let id = try await world.submit(service, at: .thirdPart)
                world.devStore.faults.set([FaultRule(.abortMultipartUpload).failing(500, "InternalError")])
                _ = try await service.scheduler.cancel(id)
                _ = try await service.ended(id)
                _ = try await service.scheduler.retry(id)
                let again = try await service.ended(id)
                expectExactAccounts(again, try await service.files(again).all)
                #expect(again.state == .succeeded && again.counters.partsTotal == Step.parts)
                world.devStore.faults.set([])
                _ = try await service.status(id) { $0.openUploads?.count == 0 }
            }
            try await world.expectIdenticalTree()
        }
    }

    @Test func anAbortThatCanNotBeConfirmedIsReported() async throws {
        try await World.with { world in
            try world.makeTree()
            try await world.serve(Self.quick) { service in
                let id = try await world.submit(service, at: .thirdPart)
                world.devStore.faults.set([FaultRule(.listParts).failing(403, "AccessDenied")])
                _ = try await service.scheduler.cancel(id)
                let status = try await service.status(id) { reported($0).count == 1 }
                #expect(reported(status).first?.reason?.contains("ListParts") == true)
            }
        }
    }

    private func reported(_ status: JobStatus) -> [OpenUploads.Upload] {
        status.openUploads?.uploads.filter { $0.state == .possibleOrphan } ?? []
    }
}
