import DevStore
import Foundation
import Model
import Storage
import Testing

@testable import Scheduling

/// What bad names, a source that changes under the job, and a refusing store make of a job.
@Suite(.timeLimit(.minutes(5))) struct TroubleTests {
    @Test func aNameThatIsNoKeyIsThatFilesFailure() async throws {
        try await World.with { world in
            try world.tree.file("good", 4)
            try world.tree.file([0x62, 0xFF, 0x64], [1, 2])
            // Five segments of 250 bytes: a path that the system takes and S3 does not.
            let long = (0..<5).map { _ in String(repeating: "n", count: 250) }.joined(separator: "/")
            try world.tree.file(long, 3)
            try await world.serve { service in
                let job = try await service.run(world.spec())
                let files = try await service.files(job)
                expectExactAccounts(job, files.all)
                #expect(job.state == .partiallySucceeded && job.counters.filesFailed == 2)
                for file in files.all where file.state == .failed {
                    #expect(file.failure?.code == .invalidKey)
                    #expect(file.path == [0x62, 0xFF, 0x64] || file.path.count > 1_024)
                }
            }
            #expect(try await world.texts() == ["p/good"])
        }
    }

    /// A tree in which `last` is opened only once `body` has returned: of twenty files it is the smallest, one request
    /// may be in flight, and that is held.
    private func meddle(
        _ world: World, last: String = "z", _ change: (inout JobSpec) -> Void = { _ in }, body: () throws -> Void
    ) async throws -> (Job, FileRows) {
        for index in 0..<19 { try world.tree.file("f\(index)", 100) }
        try world.tree.file(last, 7)
        world.devStore.faults.set([FaultRule(.putObject, count: 1).silent(executes: true)])
        return try await world.serve { service in
            let id = try await service.submit(
                world.spec {
                    $0.concurrency = 1
                    change(&$0)
                })
            _ = try await service.status(id) { $0.job.scanComplete }
            await world.held(1)
            try body()
            world.devStore.faults.release()
            let job = try await service.ended(id)
            let files = try await service.files(job)
            expectExactAccounts(job, files.all)
            return (job, files)
        }
    }

    @Test func aFileThatVanishedFailsAndTheOthersGoOn() async throws {
        try await World.with { world in
            let (job, files) = try await meddle(world) { try world.tree.remove("z") }
            #expect(job.state == .partiallySucceeded && job.counters.filesFailed == 1)
            #expect(files["z"]?.failure?.code == .sourceVanished)
            try await world.expectIdenticalTree()
        }
    }

    @Test func aFileThatCannotBeReadFails() async throws {
        try await World.with { world in
            let (job, files) = try await meddle(world) {
                try world.tree.remove("z")
                try world.tree.fifo("z")
            }
            #expect(job.state == .partiallySucceeded && job.counters.filesFailed == 1)
            #expect(files["z"]?.failure?.code == .sourceUnreadable)
        }
    }

    @Test func aFileThatGrewSinceItWasListedIsMovedAsItIs() async throws {
        try await World.with { world in
            let (job, files) = try await meddle(world) { try world.tree.append("z", [1, 2, 3]) }
            #expect(job.state == .succeeded && files["z"]?.size == 10)
            try await world.expectIdenticalTree()
        }
    }

    @Test func aSmallFileThatGrewIntoPartsIsMovedOnce() async throws {
        try await World.with { world in
            let grown = 20 * Int(World.partSize)
            let (job, files) = try await meddle(world) {
                try world.tree.append("z", [UInt8](repeating: 7, count: grown))
            }
            #expect(job.state == .succeeded && files["z"]?.size == Int64(7 + grown))
            #expect(world.devStore.statistics.count(.createMultipartUpload) == 1)
            try await world.expectIdenticalTree()
        }
    }

    @Test func aFileThatShrankIsMovedAsItIs() async throws {
        try await World.with { world in
            let (job, files) = try await meddle(world) { try world.tree.file("z", 2) }
            #expect(job.state == .succeeded && files["z"]?.size == 2)
            try await world.expectIdenticalTree()
        }
    }

    @Test(arguments: [100_000, 4 * Int(World.partSize)])
    func aFileThatChangesWhileItMovesFailsAndIsMovedByARetry(size: Int) async throws {
        try await World.with { world in
            try world.tree.file("f", size)
            try world.tree.file("other", 10)
            world.devStore.faults.set([
                FaultRule(size < Int(World.threshold) ? .putObject : .uploadPart, key: "p/f", count: 1)
                    .silent(executes: true)
            ])
            try await world.serve { service in
                let id = try await service.submit(world.spec { $0.concurrency = 2 })
                await world.held(1)
                try world.tree.append("f", [1])
                world.devStore.faults.release()
                let job = try await service.ended(id)
                let files = try await service.files(job)
                expectExactAccounts(job, files.all)
                #expect(job.state == .partiallySucceeded)
                #expect(files["f"]?.failure?.code == .sourceChanged && files["f"]?.failure?.retryable == true)
                #expect(try await world.openUploads().isEmpty)

                _ = try await service.scheduler.retry(id)
                let again = try await service.ended(id)
                expectExactAccounts(again, try await service.files(again).all)
                #expect(again.state == .succeeded && again.attempt == 2)
            }
            try await world.expectIdenticalTree()
        }
    }

    // MARK: The store

    @Test func aMissingBucketEndsTheJobAndARetryMovesAllOnceItIsThere() async throws {
        try await World.with { world in
            for index in 0..<300 { try world.tree.file("f\(index)", index) }
            try world.tree.file("large", 4 * Int(World.partSize))
            world.devStore.faults.set([FaultRule().failing(404, "NoSuchBucket")])
            try await world.serve { service in
                let id = try await service.submit(world.spec { $0.concurrency = 4 })
                let job = try await service.ended(id)
                #expect(job.state == .failed && job.error?.code == .noSuchBucket)
                #expect(world.devStore.statistics.total <= 2 * (4 + JobRun.lookAhead), "the job went on")

                world.devStore.faults.set([])
                _ = try await service.scheduler.retry(id)
                let again = try await service.ended(id)
                expectExactAccounts(again, try await service.files(again).all)
                #expect(again.state == .succeeded && again.error == nil)
            }
            try await world.expectIdenticalTree()
        }
    }

    @Test func aRetryMovesWhatFailedAndNothingElse() async throws {
        try await World.with { world in
            for index in 0..<20 { try world.tree.file("f\(index)", 10 + index) }
            for name in ["part", "complete", "create"] { try world.tree.file(name, 4 * Int(World.partSize)) }
            var lastPart = FaultRule(.uploadPart, key: "p/part").failing(403, "AccessDenied")
            lastPart.partNumber = 4
            world.devStore.faults.set([
                FaultRule(.putObject, key: "p/f1*").failing(403, "AccessDenied"), lastPart,
                FaultRule(.completeMultipartUpload, key: "p/complete").failing(403, "AccessDenied"),
                FaultRule(.createMultipartUpload, key: "p/create").failing(403, "AccessDenied"),
            ])
            try await world.serve { service in
                let id = try await service.submit(world.spec())
                let job = try await service.ended(id)
                expectExactAccounts(job, try await service.files(job).all)
                #expect(job.state == .partiallySucceeded && job.counters.filesFailed == 11 + 3)
                #expect(try await world.openUploads().isEmpty)
                #expect(try await service.store.openIntentions(job.number).isEmpty)
                let files = try await service.files(job)
                let first = files["part"]?.failure
                #expect(first?.code == .accessDenied && first?.s3?.httpStatus == 403)

                world.devStore.faults.set([])
                let before = world.devStore.statistics.count(.putObject)
                _ = try await service.scheduler.retry(id)
                let again = try await service.ended(id)
                expectExactAccounts(again, try await service.files(again).all)
                #expect(again.state == .succeeded && again.counters.partsTotal == 12)
                #expect(again.counters.partsSucceeded == 12)
                #expect(world.devStore.statistics.count(.putObject) - before == 11)
            }
            try await world.expectIdenticalTree()
        }
    }

    @Test func onErrorStopEndsTheJobAtTheFirstFailure() async throws {
        try await World.with { world in
            for index in 0..<200 { try world.tree.file("f\(index)", 1_000 - index) }
            world.devStore.faults.set([FaultRule(.putObject, key: "p/f5").failing(403, "AccessDenied")])
            try await world.serve { service in
                let id = try await service.submit(
                    world.spec {
                        $0.onError = .stop
                        $0.concurrency = 1
                    })
                let job = try await service.ended(id)
                #expect(job.state == .partiallySucceeded && job.error?.code == .accessDenied)
                #expect(job.counters.filesFailed == 1 && job.counters.filesSucceeded < 20)
                world.devStore.faults.set([])
                _ = try await service.scheduler.retry(id)
                let again = try await service.ended(id)
                expectExactAccounts(again, try await service.files(again).all)
                #expect(again.state == .succeeded)
            }
            try await world.expectIdenticalTree()
        }
    }

    @Test func requestsThatFailNowAndThenAreSentAgain() async throws {
        try await World.with { world in
            for index in 0..<60 { try world.tree.file("f\(index)", 500 * index) }
            try world.tree.file("large", 9 * Int(World.partSize))
            world.devStore.faults.set([
                FaultRule(from: 5, count: 1).failing(500, "InternalError"),
                FaultRule(from: 11, count: 1).failing(503, "SlowDown"), FaultRule(from: 17, count: 1).resetting(),
                FaultRule(.putObject, from: 23, count: 1).resetting(executes: true),
                FaultRule(.uploadPart, from: 3, count: 2).failing(500, "InternalError"),
                FaultRule(.createMultipartUpload, count: 1).failing(503, "SlowDown"),
            ])
            try await world.serve { service in
                let job = try await service.run(world.spec())
                expectExactAccounts(job, try await service.files(job).all)
                #expect(job.state == .succeeded && job.counters.bytesReused == 0)
            }
            try await world.expectIdenticalTree()
        }
    }
}
