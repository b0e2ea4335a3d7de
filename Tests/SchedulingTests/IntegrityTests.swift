import DevStore
import Model
import Testing

@testable import Scheduling

/// What arrived is what was on disk, or the job says that it is not. Each ends within the suite's minute.
@Suite(.timeLimit(.minutes(1))) struct IntegrityTests {
    private static let large = 4 * Int(World.partSize)
    /// Sent from memory, from the file at once, and by parts.
    private static let sizes = [100, 100_000, large]

    private func operation(_ size: Int) -> S3Operation { size < Self.large ? .putObject : .uploadPart }

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

    // MARK: Mismatches

    @Test(arguments: sizes, [true, false])
    func aBadDigestIsReadAndSentAnew(size: Int, isSecure: Bool) async throws {
        try await World.with(isSecure: isSecure) { world in
            try world.tree.file("f", size)
            world.devStore.faults.set([FaultRule(operation(size), count: 2).failing(400, "BadDigest")])
            let (job, files) = try await run(world) { $0.concurrency = 1 }
            #expect(job.state == .succeeded && files["f"]?.state == .succeeded)
            try await world.expectIdenticalTree()
        }
    }

    @Test(arguments: sizes)
    func aBadDigestThatStaysIsAMismatchSoon(size: Int) async throws {
        try await World.with(isSecure: true) { world in
            try world.tree.file("f", size)
            var rule = FaultRule(operation(size)).failing(400, "BadDigest")
            rule.partNumber = size < Self.large ? nil : 2
            world.devStore.faults.set([rule])
            let (job, files) = try await run(world)
            #expect(job.state == .failed && files["f"]?.failure?.code == .checksumMismatch)
            #expect(files["f"]?.failure?.retryable == true && files["f"]?.failure?.s3?.code == "BadDigest")
            #expect(world.devStore.faults.uses == [3])
            #expect(try await world.openUploads().isEmpty)
            #expect(try await world.keys().isEmpty)
        }
    }

    @Test(arguments: sizes)
    func aBadDigestOfAFileThatChangedIsItsChange(size: Int) async throws {
        try await World.with(isSecure: true) { world in
            try world.tree.file("f", size)
            var bad = FaultRule(operation(size), count: 1).failing(400, "BadDigest")
            bad.withheld = true
            world.devStore.faults.set([bad])
            try await world.serve { service in
                let id = try await service.submit(world.spec { $0.concurrency = 1 })
                await world.held(1)
                try world.tree.append("f", [1])
                world.devStore.faults.release()
                let job = try await service.ended(id)
                #expect(try await service.files(job)["f"]?.failure?.code == .sourceChanged)
            }
            #expect(try await world.keys().isEmpty)
        }
    }

    /// Written in place, as long as before, and with its old mtime put back: the ctime tells.
    @Test(arguments: [100_000, large])
    func aRewriteThatHidesIsFound(size: Int) async throws {
        try await World.with { world in
            try world.tree.file("f", size)
            try world.tree.setModified("f", nanoseconds: 1_600_000_000_000_000_000)
            world.devStore.faults.set([FaultRule(operation(size), count: 1).silent(executes: true)])
            try await world.serve { service in
                let id = try await service.submit(world.spec { $0.concurrency = 1 })
                await world.held(1)
                try world.tree.file("f", size, seed: 2)
                try world.tree.setModified("f", nanoseconds: 1_600_000_000_000_000_000)
                world.devStore.faults.release()
                let job = try await service.ended(id)
                #expect(try await service.files(job)["f"]?.failure?.code == .sourceChanged)
                #expect(try await world.openUploads().isEmpty)
            }
        }
    }

    @Test func anObjectOfOtherPartsIsNoSuccess() async throws {
        try await World.with { world in
            try world.tree.file("f", Self.large)
            world.devStore.faults.set([FaultRule(.completeMultipartUpload).namingAnotherETag()])
            let (job, files) = try await run(world)
            #expect(job.state == .failed && files["f"]?.failure?.code == .checksumMismatch)
        }
    }

    @Test func opaqueETagsSayNothing() async throws {
        try await World.with(configure: { $0.etags = .opaque }) { world in
            for size in Self.sizes { try world.tree.file("f\(size)", size) }
            world.devStore.faults.set([
                FaultRule(.completeMultipartUpload).namingAnotherETag(), FaultRule(.putObject).namingAnotherETag(),
            ])
            #expect(try await run(world).0.state == .succeeded)
            try await world.expectIdenticalTree()
        }
    }

    // MARK: Stores that know no checksums

    @Test(arguments: [(501, "NotImplemented"), (400, "InvalidArgument"), (401, "Unauthorized"), (403, "AccessDenied")])
    func aStoreThatRefusesChecksumsIsLearnedOnce(status: Int, code: String) async throws {
        try await World.with(isSecure: true, configure: { $0.computesDefaultChecksum = false }) { world in
            for size in Self.sizes { try world.tree.file("f\(size)", size) }
            for index in 0..<50 { try world.tree.file("many/\(index)", 10 + index) }
            world.devStore.faults.set([FaultRule().forChecksums().failing(status, code)])
            try await world.serve { service in
                let job = try await service.run(world.spec { $0.concurrency = 4 })
                #expect(job.state == .succeeded && job.counters.filesFailed == 0)
                let files = try await service.files(job)
                #expect(files["f100"]?.checksum?.algorithm == .md5)
                let refused = world.devStore.faults.uses[0]
                // Those that were prepared before the first was learned.
                #expect(refused > 0 && refused <= 4 + JobRun.longestFileLookAhead)
                #expect(try await service.run(world.spec()).state == .succeeded)
                #expect(world.devStore.faults.uses[0] == refused)
            }
            try await world.expectIdenticalTree()
        }
    }

    /// The store takes them at the beginning of an upload and refuses them further on.
    @Test(arguments: [S3Operation.uploadPart, .completeMultipartUpload])
    func anUploadThatIsUnderWayGoesOn(operation: S3Operation) async throws {
        try await World.with(isSecure: true) { world in
            try world.tree.file("f", Self.large)
            world.devStore.faults.set([FaultRule(operation).forChecksums().failing(501, "NotImplemented")])
            let (job, _) = try await run(world)
            #expect(job.state == .succeeded)
            #expect(world.devStore.statistics.count(.createMultipartUpload) == 1)
            try await world.expectIdenticalTree()
        }
    }

    @Test func rightsThatAreMissingAreNoLackOfChecksums() async throws {
        try await World.with(isSecure: true) { world in
            try world.tree.file("f", 100)
            world.devStore.faults.set([FaultRule(.putObject).failing(403, "AccessDenied")])
            let (job, files) = try await run(world)
            #expect(job.state == .failed && files["f"]?.failure?.code == .accessDenied)
            #expect(world.devStore.faults.uses == [2])
        }
    }

    @Test func noneIsSaid() async throws {
        try await World.with { world in
            for size in Self.sizes { try world.tree.file("f\(size)", size) }
            let (job, files) = try await run(world) { $0.checksum = .none }
            #expect(job.state == .succeeded && files.all.allSatisfy { $0.checksum == nil && $0.etag != nil })
            try await world.expectIdenticalTree()
        }
    }

    @Test(arguments: [JobSpec.ChecksumChoice.crc32c, .crc32, .sha256, .auto], [true, false])
    func theStoresChecksumIsTheRows(choice: JobSpec.ChecksumChoice, isSecure: Bool) async throws {
        try await World.with(isSecure: isSecure) { world in
            for size in Self.sizes { try world.tree.file("f\(size)", size) }
            let (job, files) = try await run(world) { $0.checksum = choice }
            #expect(job.state == .succeeded)
            for size in Self.sizes {
                let there = try await world.checksum("p/f\(size)")
                #expect(files["f\(size)"]?.checksum == there && there != nil, "\(size)")
            }
        }
    }
}
