import DevStore
import Model
import Storage
import Testing

@testable import Scheduling

/// Answers that leave it open whether the object stands. Each ends within the suite's minute.
@Suite(.timeLimit(.minutes(1))) struct AmbiguousAnswerTests {
    private static let large = 4 * Int(World.partSize)

    /// A store whose ETags and answers say nothing of the bytes, as under KMS with no checksum.
    @Sendable private static func mute(_ configuration: inout DevStoreConfiguration) {
        configuration.etags = .opaque
        configuration.computesDefaultChecksum = false
    }

    private func run(
        _ world: World, _ change: (inout JobSpec) -> Void = { _ in }
    ) async throws -> (Job, FileRows) {
        try await world.serve { service in
            let job = try await service.run(world.spec(change))
            let files = try await service.files(job)
            expectExactAccounts(job, files.all)
            return (job, files)
        }
    }

    // MARK: CompleteMultipartUpload

    enum Completion: String, CaseIterable, Sendable {
        case errorInside200, errorAfterSpaces, errorAfterSuccess, resetAfterSuccess, resetBefore, cutAfterSuccess

        var rule: FaultRule {
            let rule = FaultRule(.completeMultipartUpload, count: 1)
            return switch self {
            case .errorInside200: rule.failing(200, "InternalError")
            case .errorAfterSpaces:
                rule.failing(200, "InternalError").whitespace(count: 5, everyMilliseconds: 20)
            case .errorAfterSuccess: rule.failing(200, "InternalError", executes: true)
            case .resetAfterSuccess: rule.resetting(executes: true)
            case .resetBefore: rule.resetting()
            case .cutAfterSuccess: rule.cut(afterBytes: 30)
            }
        }
    }

    @Test(arguments: Completion.allCases, [true, false])
    func aCompletionIsRepeatedUntilItIsKnownToHaveSucceeded(completion: Completion, isSecure: Bool) async throws {
        try await World.with(isSecure: isSecure) { world in
            try world.tree.file("f", Self.large)
            world.devStore.faults.set([completion.rule])
            let (job, _) = try await run(world)
            #expect(job.state == .succeeded && job.counters.bytesResent == 0)
            #expect(world.devStore.statistics.count(.createMultipartUpload) == 1)
            try await world.expectIdenticalTree()
        }
    }

    /// A checksum tells even where ETags do not.
    @Test func anOpaqueETagIsNoHindranceWhereThereIsAChecksum() async throws {
        try await World.with(configure: { $0.etags = .opaque }) { world in
            try world.tree.file("f", Self.large)
            world.devStore.faults.set([Completion.resetAfterSuccess.rule])
            let (job, _) = try await run(world)
            #expect(job.state == .succeeded)
            try await world.expectIdenticalTree()
        }
    }

    @Test func whatNothingCanTellIsANamedFailureAndTheObjectStays() async throws {
        try await World.with(configure: Self.mute) { world in
            try world.tree.file("f", Self.large)
            world.devStore.faults.set([Completion.resetAfterSuccess.rule])
            let (job, files) = try await run(world)
            #expect(job.state == .failed && files["f"]?.failure?.code == .storeError)
            #expect(files["f"]?.failure?.retryable == true)
            #expect(files["f"]?.failure?.s3?.code == "NoSuchUpload")
            try await world.expectIdenticalTree()
        }
    }

    @Test(arguments: [Self.large, 7])
    func anotherObjectAtTheKeyIsNotTakenForOurs(size: Int) async throws {
        try await World.with { world in
            try world.tree.file("f", Self.large)
            world.devStore.faults.set([
                Completion.resetAfterSuccess.rule, FaultRule(.completeMultipartUpload, count: 1).silent(executes: true),
            ])
            let foreign = [UInt8](repeating: 1, count: size)
            try await world.serve { service in
                let id = try await service.submit(world.spec())
                await world.held(1)
                try await world.put("p/f", foreign)
                world.devStore.faults.release()
                let job = try await service.ended(id)
                let files = try await service.files(job)
                expectExactAccounts(job, files.all)
                #expect(job.state == .failed && files["f"]?.failure?.code == .preconditionFailed)
            }
            #expect(try await world.bytes("p/f") == foreign)
        }
    }

    @Test func aConflictStartsANewUpload() async throws {
        try await World.with { world in
            try world.tree.file("f", Self.large)
            world.devStore.faults.set([
                FaultRule(.completeMultipartUpload, count: 1).failing(409, "ConditionalRequestConflict")
            ])
            let (job, _) = try await run(world) { $0.overwrite = .never }
            #expect(job.state == .succeeded && job.counters.bytesResent == Self.large)
            #expect(job.counters.partsTotal == 4 && job.counters.partsSucceeded == 4)
            #expect(world.devStore.statistics.count(.createMultipartUpload) == 2)
            try await world.expectIdenticalTree()
        }
    }

    @Test func conflictsWithoutEndAreAFailure() async throws {
        try await World.with { world in
            try world.tree.file("f", Self.large)
            world.devStore.faults.set([
                FaultRule(.completeMultipartUpload).failing(409, "ConditionalRequestConflict")
            ])
            let (job, files) = try await run(world)
            #expect(job.state == .failed && files["f"]?.failure?.code == .preconditionFailed)
            #expect(world.devStore.statistics.count(.createMultipartUpload) == 3)
            #expect(try await world.openUploads().isEmpty)
        }
    }

    @Test func anUploadThatVanishesWhileItRunsIsBegunAnew() async throws {
        try await World.with { world in
            try world.tree.file("f", Self.large)
            world.devStore.faults.set([FaultRule(.uploadPart, from: 3, count: 1).silent(executes: true)])
            try await world.serve { service in
                let id = try await service.submit(world.spec { $0.concurrency = 1 })
                await world.held(1)
                for upload in try await world.openUploads() { try await world.abort(upload, "p/f") }
                world.devStore.faults.release()
                let job = try await service.ended(id)
                expectExactAccounts(job, try await service.files(job).all)
                #expect(job.state == .succeeded && job.counters.bytesReused == 0)
                #expect(try await service.store.openIntentions(job.number).isEmpty)
            }
            try await world.expectIdenticalTree()
        }
    }

    // MARK: Conditions

    @Test(arguments: [100, 100_000, Self.large], [true, false])
    func whatIsOursIsNotSkippedAfterALostReply(size: Int, isSecure: Bool) async throws {
        try await World.with(isSecure: isSecure) { world in
            try world.tree.file("f", size)
            let operation: S3Operation = size < Self.large ? .putObject : .completeMultipartUpload
            world.devStore.faults.set([FaultRule(operation, count: 1).resetting(executes: true)])
            let (job, files) = try await run(world) { $0.overwrite = .never }
            #expect(job.state == .succeeded && files["f"]?.state == .succeeded)
            try await world.expectIdenticalTree()
        }
    }

    @Test(arguments: [100, Self.large], [0, 1])
    func whatIsAnothersIsSkippedAfterALostReply(size: Int, difference: Int) async throws {
        try await World.with { world in
            try world.tree.file("f", size)
            let operation: S3Operation = size < Self.large ? .putObject : .completeMultipartUpload
            world.devStore.faults.set([
                FaultRule(operation, count: 1).resetting(), FaultRule(operation, count: 1).silent(executes: true),
            ])
            let foreign = [UInt8](repeating: 1, count: size + difference)
            try await world.serve { service in
                let id = try await service.submit(world.spec { $0.overwrite = .never })
                await world.held(1)
                try await world.put("p/f", foreign)
                world.devStore.faults.release()
                let job = try await service.ended(id)
                let files = try await service.files(job)
                expectExactAccounts(job, files.all)
                #expect(job.state == .succeeded && files["f"]?.skipReason == "exists")
            }
            #expect(try await world.bytes("p/f") == foreign)
        }
    }

    @Test func whatNothingCanTellIsNeitherOursNorSkipped() async throws {
        try await World.with(configure: Self.mute) { world in
            try world.tree.file("f", 100)
            world.devStore.faults.set([FaultRule(.putObject, count: 1).resetting(executes: true)])
            let (job, files) = try await run(world) { $0.overwrite = .never }
            #expect(job.state == .failed && files["f"]?.failure?.code == .preconditionFailed)
            try await world.expectIdenticalTree()
        }
    }

    @Test func aPutThatMetAConflictIsRepeated() async throws {
        try await World.with { world in
            try world.tree.file("f", 100)
            world.devStore.faults.set([
                FaultRule(.putObject, count: 2).failing(409, "ConditionalRequestConflict")
            ])
            let (job, _) = try await run(world) { $0.overwrite = .never }
            #expect(job.state == .succeeded && world.devStore.statistics.count(.putObject) == 3)
            try await world.expectIdenticalTree()
        }
    }
}
