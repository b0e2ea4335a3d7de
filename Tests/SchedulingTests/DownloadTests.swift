import Checksums
import DevStore
import Model
import S3Client
import Testing

@testable import Scheduling

/// What a download makes of its objects, and of stores and disks that do not keep still.
@Suite(.timeLimit(.minutes(5))) struct DownloadTests {
    private static let large = Step.parts * Int(World.partSize) - 5

    @Test func objectsBecomeFilesWithTheirTimes() async throws {
        try await World.with { world in
            for (name, size) in [
                ("empty", 0), ("one", 1), ("a/b", 1_000), ("edge", 128 << 10), ("d/large", Self.large),
            ] {
                try world.tree.file("in/\(name)", size)
                try world.tree.setModified("in/\(name)", nanoseconds: 1_600_000_000_123_456_789 + Int64(size))
            }
            try await world.put("p/folder/", [])
            try await world.put("p/", [])
            try await world.serve { service in
                let up = try await service.run(world.spec { $0.source = world.tree.full("in") })
                #expect(up.state == .succeeded)
                let job = try await service.run(world.downloadSpec())
                let files = try await service.files(job)
                expectExactAccounts(job, files.all)
                #expect(job.state == .succeeded && job.counters.filesSkipped == 1)
                let head = try await world.head("p/d/large")
                #expect(files["d/large"]?.etag == head.etag)
                #expect(files["one"]?.checksum != nil)
            }
            var expected: [String: [UInt8]] = [:]
            for (key, bytes) in world.tree.contents() {
                expected[String(decoding: key.dropFirst(3), as: UTF8.self)] = bytes
            }
            world.expectDownloaded(expected)
            for (path, content) in expected {
                let modified = try world.tree.modified("out/" + path)
                #expect(modified == 1_600_000_000_123_456_789 + Int64(content.count), "\(path)")
            }
            let isFolder = try world.tree.isDirectory("out/folder")
            #expect(isFolder)
        }
    }

    // MARK: Versions

    @Test func anObjectThatIsOverwrittenBetweenRangesIsFetchedAnew() async throws {
        try await World.with { world in
            try await world.putObjects()
            let newer = World.bytes(Self.large, seed: 77)
            try await world.serve { service in
                let id = try await world.submit(service, at: .thirdRange)
                try await world.putParts("p/large", newer)
                world.devStore.faults.release()
                let job = try await service.ended(id)
                let files = try await service.files(job)
                expectExactAccounts(job, files.all)
                #expect(job.state == .succeeded && job.counters.partsSucceeded == Step.parts)
                #expect(job.counters.bytesResent >= 2 * Int(World.partSize) - 5)
            }
            #expect(world.downloaded()["large"] == newer)
            #expect(world.temporaries.isEmpty)
        }
    }

    @Test(arguments: [0, 50, 3 * Int(World.partSize), 9 * Int(World.partSize)])
    func aNewVersionMayHaveAnotherSize(size: Int) async throws {
        try await World.with { world in
            try await world.putObjects()
            let newer = World.bytes(size, seed: 77)
            try await world.serve { service in
                // The largest is first: the small ones are listed by now and, but for a few of the largest, not fetched.
                let id = try await world.submit(service, at: .head)
                try await world.put("p/small/f1", newer)
                world.devStore.faults.set([DownloadStep.thirdRange.rule].compactMap(\.self))
                await world.held(1)
                try await world.put("p/large", newer)
                world.devStore.faults.release()
                let job = try await service.ended(id)
                let files = try await service.files(job)
                expectExactAccounts(job, files.all)
                #expect(job.state == .succeeded && files["large"]?.size == Int64(size))
            }
            #expect(world.downloaded()["large"] == newer && world.downloaded()["small/f1"] == newer)
            #expect(world.temporaries.isEmpty)
        }
    }

    @Test func anObjectThatNeverKeepsStillFailsAsChanged() async throws {
        try await World.with { world in
            try await world.putObjects()
            try world.tree.file("out/large", 9)
            world.devStore.faults.set([FaultRule(.getObject, key: "p/large").failing(412, "PreconditionFailed")])
            try await world.serve { service in
                let job = try await service.run(world.downloadSpec())
                let files = try await service.files(job)
                expectExactAccounts(job, files.all)
                #expect(job.state == .partiallySucceeded && files["large"]?.failure?.code == .sourceChanged)
            }
            // Four times two looks, of the object and of its first part.
            #expect(world.devStore.statistics.count(.headObject) == 8)
            #expect(world.downloaded()["large"]?.count == 9)
            #expect(world.temporaries.isEmpty)
        }
    }

    // MARK: Damage

    @Test(arguments: [1, 65_000])
    func aRangeThatIsCutShortIsRepeated(bytes: Int) async throws {
        try await World.with { world in
            let objects = try await world.putObjects()
            world.devStore.faults.set([
                FaultRule(.getObject, key: "p/large", from: 2, count: 2).cut(afterBytes: bytes),
                FaultRule(.getObject, key: "p/small/f3", count: 1).cut(afterBytes: 1),
            ])
            try await world.serve { service in
                let job = try await service.run(world.downloadSpec())
                expectExactAccounts(job, try await service.files(job).all)
                #expect(job.state == .succeeded && job.counters.bytesResent > 0)
            }
            world.expectDownloaded(objects)
        }
    }

    /// How the store says what its bytes are.
    enum Statement: String, CaseIterable, Sendable, CustomTestStringConvertible {
        case crc64OfSmall, md5OfSmall, crc64, crc32cOfAll, crc32Composite, sha256Composite, etagOfParts, md5

        var testDescription: String { rawValue }
        var hasChecksum: Bool { ![.md5OfSmall, .etagOfParts, .md5].contains(self) }

        func put(_ world: World) async throws {
            let bytes = World.bytes(DownloadTests.large)
            switch self {
            case .crc64OfSmall, .md5OfSmall: try await world.put("p/f", World.bytes(1_000))
            case .crc64, .md5: try await world.put("p/f", bytes)
            case .crc32cOfAll:
                try await world.putParts("p/f", bytes, checksum: MultipartChecksum(.crc32c, kind: .fullObject))
            case .crc32Composite: try await world.putParts("p/f", bytes, checksum: MultipartChecksum(.crc32))
            case .sha256Composite: try await world.putParts("p/f", bytes, checksum: MultipartChecksum(.sha256))
            case .etagOfParts: try await world.putParts("p/f", bytes)
            }
        }
    }

    private func damaged(_ statement: Statement, rule: FaultRule, _ change: (inout JobSpec) -> Void = { _ in })
        async throws -> (Job, FileTransfer?, [String: [UInt8]], isWhole: Bool)
    {
        var outcome: (Job, FileTransfer?, [String: [UInt8]], isWhole: Bool)?
        try await World.with(configure: { $0.computesDefaultChecksum = statement.hasChecksum }) { world in
            try await statement.put(world)
            world.devStore.faults.set([rule.corrupting(byte: 7)])
            try await world.serve { service in
                let job = try await service.run(world.downloadSpec(change))
                let files = try await service.files(job)
                expectExactAccounts(job, files.all)
                let kept = world.downloaded()
                world.devStore.faults.set([])
                outcome = (job, files["f"], kept, kept["f"] == (try await world.bytes("p/f")))
            }
        }
        return try #require(outcome)
    }

    @Test(arguments: Statement.allCases)
    func damageOnTheWayIsFoundAndFetchedAnew(statement: Statement) async throws {
        let (job, _, _, isWhole) = try await damaged(statement, rule: FaultRule(.getObject, count: 1))
        #expect(job.state == .succeeded && isWhole && job.counters.bytesResent > 0)
    }

    @Test(arguments: Statement.allCases)
    func lastingDamageIsThatFilesFailureAndLeavesNothing(statement: Statement) async throws {
        let (job, file, kept, _) = try await damaged(statement, rule: FaultRule(.getObject))
        #expect(job.state == .failed && file?.failure?.code == .checksumMismatch)
        #expect(kept.isEmpty)
    }

    @Test(arguments: [Statement.crc64OfSmall, .crc64, .md5])
    func whoWantsNoCheckGetsNone(statement: Statement) async throws {
        let (job, _, kept, isWhole) = try await damaged(statement, rule: FaultRule(.getObject)) { $0.checksum = .none }
        #expect(job.state == .succeeded && kept.count == 1 && !isWhole)
    }

    // MARK: After a crash

    enum Mishap: String, CaseIterable, Sendable, CustomTestStringConvertible {
        case nothing, pagesLost, cut, removed, overwritten, deleted
        var testDescription: String { rawValue }
    }

    @Test(arguments: Mishap.allCases)
    func whatHappenedMeanwhileIsNoticed(mishap: Mishap) async throws {
        try await World.with { world in
            var objects = try await world.putObjects()
            try await world.serve { service in
                let id = try await world.submit(service, at: .thirdRange)
                _ = try await service.scheduler.pause(id)
                world.devStore.faults.release()
                _ = try await service.reached(id, .paused)
                let name = try #require(world.temporaries.first)
                let path = "out/" + name
                switch mishap {
                case .nothing: break
                case .pagesLost: try world.tree.zero(path, 2 * Int(World.partSize))
                case .cut: try world.tree.cut(path, to: 10)
                case .removed: try world.tree.remove(path)
                case .overwritten:
                    objects["large"] = World.bytes(Self.large, seed: 5)
                    try await world.putParts("p/large", World.bytes(Self.large, seed: 5))
                case .deleted:
                    objects["large"] = nil
                    try await world.s3.deleteObject(world.location("p/large")) { _ in Permit {} }
                }
                _ = try await service.scheduler.resume(id)
                let job = try await service.ended(id)
                let files = try await service.files(job)
                expectExactAccounts(job, files.all)
                if mishap == .deleted {
                    #expect(files["large"]?.failure?.code == .noSuchKey)
                } else {
                    #expect(job.state == .succeeded)
                    #expect(job.counters.partsTotal == Step.parts && job.counters.partsSucceeded == Step.parts)
                }
                let reused = job.counters.bytesReused
                switch mishap {
                case .nothing: #expect(reused == 3 * Int(World.partSize))
                case .pagesLost: #expect(reused <= 2 * Int(World.partSize))
                case .cut, .removed, .overwritten, .deleted: #expect(reused == 0)
                }
            }
            world.expectDownloaded(objects)
        }
    }
}
