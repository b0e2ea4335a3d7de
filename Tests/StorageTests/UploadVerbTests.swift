import Testing

@testable import Model
@testable import Storage

/// Multipart uploads: the ledger of intentions, and the parts.
@Suite(.timeLimit(.minutes(2)))
struct UploadVerbTests {
    private let world: World
    private let store: JobStore

    init() throws {
        world = try World()
        store = try world.open()
    }

    @Test func anIntentionStandsUntilItIsClosed() async throws {
        let job = try await world.job(store, files: 1)
        let other = try await world.job(store, "other", files: 1)
        let intention = try await store.intend(
            job.number, file: FileNumber(1), store: StoreName("s"),
            location: ObjectLocation(bucket: "b", key: [0, 0xFF]))
        #expect(try await store.openIntentions(job.number) == [intention])
        let second = try await world.begin(store, other.number, file: 1, parts: 2, partSize: 5)
        var named = second
        named.uploadID = UploadID("u1")
        #expect(try await store.openIntentions(nil) == [intention, named])
        try await store.closeIntention(second)
        try await store.flush()
        #expect(try await store.openIntentions(other.number).isEmpty)
        #expect(try await store.openIntentions(nil) == [intention])
    }

    @Test func anIntentionOutlivesItsJob() async throws {
        let job = try await world.job(store, files: 1)
        _ = try await world.begin(store, job.number, file: 1, parts: 1, partSize: 5)
        _ = try await store.setState(job.number, to: .cancelled, from: [.queued])
        _ = try await store.delete(job.number)
        #expect(try await store.openIntentions(nil).map(\.uploadID) == [UploadID("u1")])
    }

    @Test func anUploadIsStoredWithItsFile() async throws {
        let job = try await world.job(store, files: 1)
        _ = try await world.begin(store, job.number, file: 1, parts: 3, partSize: 7)
        let file = try #require(try await store.file(job.number, FileNumber(1)))
        let identity = SourceIdentity.file(FileIdentity(device: .max, inode: 2, size: 21, modified: -3, changed: 4))
        #expect(file.multipart == MultipartUpload(uploadID: UploadID("u1"), partSize: 7, identity: identity))
        #expect(file.size == 21 && file.state == .pending)
        #expect(try await store.job(job.number)?.counters.partsTotal == 3)
    }

    @Test func partsAreListedWithThoseThatArePending() async throws {
        let job = try await world.job(store, files: 4, size: 1)
        _ = try await world.begin(store, job.number, file: 2, parts: 3, partSize: 10, upload: "two")
        _ = try await world.begin(store, job.number, file: 4, parts: 2, partSize: 5, upload: "four")
        try await store.record(world.part(job.number, 2, 2, size: 10))
        try await store.record(world.part(job.number, 4, 1, size: 5, state: .failed))
        try await store.flush()

        func list(_ file: Int64? = nil, _ after: (Int64, Int)? = nil, _ limit: Int = 100) async throws -> [String] {
            let parts = try await store.parts(
                job.number, file: file.map(FileNumber.init),
                after: after.map { (FileNumber($0.0), PartNumber($0.1)) }, limit: limit)
            return parts.map { "\($0.part.file.rawValue)/\($0.part.number.rawValue) \($0.part.state)" }
        }
        let all = ["2/1 pending", "2/2 succeeded", "2/3 pending", "4/1 failed", "4/2 pending"]
        #expect(try await list() == all)
        for start in 0..<all.count {
            let halves = all[start].split(whereSeparator: { "/ ".contains($0) })
            let place = (Int64(halves[0])!, Int(halves[1])!)
            #expect(try await list(nil, place) == Array(all[(start + 1)...]))
            #expect(try await list(nil, place, 1) == Array(all[(start + 1)...].prefix(1)))
        }
        #expect(try await list(4) == Array(all[3...]))
        #expect(try await list(2, (2, 1)) == Array(all[1...2]))
        #expect(try await list(2, (4, 1)) == [])
        #expect(try await list(4, (2, 2)) == Array(all[3...]))
        #expect(try await list(3) == [])
        let part = try await store.parts(job.number, file: FileNumber(2), limit: 2)[1]
        #expect(part.path == Array("f2".utf8) && part.part.range == ByteRange(offset: 10, count: 10))
        #expect(part.part.etag == ETag("p2") && part.part.checksum == Checksum(.crc32c, base64: "AAAAAA=="))
    }

    @Test func aLaterRecordOfAPartTakesTheOldOnesPlace() async throws {
        let job = try await world.job(store, files: 1)
        _ = try await world.begin(store, job.number, file: 1, parts: 1, partSize: 10)
        try await store.record(world.part(job.number, 1, 1, size: 10, state: .failed))
        try await store.record(world.part(job.number, 1, 1, size: 10))
        try await store.flush()
        let parts = try await store.parts(job.number, limit: 10)
        #expect(parts.map(\.part.state) == [.succeeded])
        #expect(parts.first?.part.failure == nil)
    }

    @Test func aRestartedFileKeepsWhatWasCountedForIt() async throws {
        let job = try await world.job(store, files: 1)
        let file = FileNumber(1)
        _ = try await world.begin(store, job.number, file: 1, parts: 3, partSize: 10)
        try await store.record(world.part(job.number, 1, 1, size: 10))
        try await store.record(world.part(job.number, 1, 3, size: 10))
        try await store.flush()
        #expect(try await store.countedBytes(job.number, file: file) == 20)
        try await store.restartFile(job.number, file: file)
        try await store.flush()
        #expect(try await store.parts(job.number, limit: 10).isEmpty)
        let restarted = try #require(try await store.file(job.number, file))
        #expect(restarted.multipart == nil && restarted.countedBytes == 20)
        let queued = try await store.nextPending(job.number, after: FileNumber(0), below: 1 << 20, limit: 1)
        #expect(queued == [restarted])
        #expect(try await store.countedBytes(job.number, file: file) == 20)
        _ = try await world.begin(store, job.number, file: 1, parts: 3, partSize: 10, upload: "u2")
        try await store.record(world.part(job.number, 1, 1, size: 10))
        try await store.flush()
        #expect(try await store.countedBytes(job.number, file: file) == 20)
        #expect(try await store.countedBytes(job.number, file: FileNumber(9)) == 0)
    }
}
