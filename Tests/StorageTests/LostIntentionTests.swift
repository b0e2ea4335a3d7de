import Testing

@testable import Model
@testable import Storage

/// Intentions with which nobody goes on.
@Suite(.timeLimit(.minutes(2)))
struct LostIntentionTests {
    private let world: World
    private let store: JobStore
    private let location = ObjectLocation(bucket: "bucket", key: [0x6B, 0xFF])

    init() throws {
        world = try World()
        store = try world.open()
    }

    private func intend(_ job: Job, file: Int64) async throws -> Intention {
        try await store.intend(job.number, file: FileNumber(file), store: .default, location: location)
    }

    @Test func aStartLosesCreationsThatWereNotAnsweredAndWhatEndedJobsLeft() async throws {
        let running = try await world.job(store, files: 2)
        _ = try await intend(running, file: 1)
        _ = try await world.begin(store, running.number, file: 2, parts: 1, partSize: 5)
        let ended = try await world.job(store, "ended", files: 1)
        _ = try await world.begin(store, ended.number, file: 1, parts: 1, partSize: 5, upload: "u2")
        _ = try await store.setState(ended.number, to: .cancelled, from: [.queued])
        _ = try await store.delete(ended.number)
        #expect(try await store.lostIntentions(after: 0, limit: 9).map(\.uploadID) == [UploadID("u2")])
        await store.close()
        world.advance(.seconds(1))
        let again = try world.open()
        let lost = try await again.lostIntentions(after: 0, limit: 9)
        #expect(lost.map(\.uploadID) == [nil, UploadID("u2")])
        #expect(lost.first?.lostTime == Timestamp(microseconds: 2_000_000))
        #expect(try await again.lostIntentions(after: lost[0].id, limit: 9).map(\.id) == [lost[1].id])
        #expect(again.statistics.openIntentions == 3 && again.statistics.possibleOrphans == 0)
    }

    @Test func aFileThatFailsLosesItsUpload() async throws {
        let job = try await world.job(store, files: 3)
        for file: Int64 in 1...3 { _ = try await intend(job, file: file) }
        try await store.record(world.outcome(job.number, 1, .failed))
        try await store.record(world.outcome(job.number, 2, .succeeded))
        try await store.flush()
        #expect(try await store.lostIntentions(after: 0, limit: 9).map(\.file) == [FileNumber(1)])
    }

    @Test func theEndOfAJobAndItsLossesAreOneCommit() async throws {
        let job = try await world.job(store, files: 1)
        _ = try await world.begin(store, job.number, file: 1, parts: 1, partSize: 5)
        _ = try await store.setState(job.number, to: .running, from: [.queued])
        try await store.loseIntentions(of: job.number, unanswered: true)
        #expect(try await store.lostIntentions(after: 0, limit: 9).isEmpty)
        let ended = try #require(try await store.setState(job.number, to: .failed, from: [.running]))
        #expect(try await store.lostIntentions(after: 0, limit: 9).count == 1)
        #expect(ended.changed == ended.revision)
    }

    @Test func anAttemptStartsFilesAnewWhoseUploadsAreBeingAborted() async throws {
        let job = try await world.job(store, files: 2)
        _ = try await world.begin(store, job.number, file: 1, parts: 2, partSize: 5)
        try await store.record(world.part(job.number, 1, 1, size: 5))
        _ = try await store.setState(job.number, to: .cancelled, from: [.queued])
        let again = try #require(try await store.startAttempt(job.number))
        #expect(try await store.file(job.number, FileNumber(1))?.multipart == nil)
        #expect(again.counters.partsTotal == 0 && again.counters.partsSucceeded == 0)
        #expect(try await store.lostIntentions(after: 0, limit: 9).count == 1)
    }

    @Test func aRepeatedCreationLeavesTwoIntentions() async throws {
        let job = try await world.job(store, files: 1)
        let intention = try await intend(job, file: 1)
        let identity = SourceIdentity.file(
            FileIdentity(device: 1, inode: 2, size: 5, modified: 3, changed: 4))
        try await store.recordUpload(
            intention, upload: MultipartUpload(uploadID: UploadID("u1"), partSize: 5, identity: identity), size: 5,
            counters: JobCounters(), mayHaveMore: true)
        let open = try await store.openIntentions(job.number)
        #expect(open.map(\.uploadID) == [UploadID("u1"), nil] && open.map { $0.lostTime != nil } == [false, true])
        let ledger = try await store.ledger(of: location, store: .default)
        #expect(ledger.intentions == open && ledger.uploads == [UploadID("u1")])
        // Its file still says by what it was sent, once the intention is closed.
        try await store.closeIntention(open[0])
        try await store.flush()
        #expect(try await store.ledger(of: location, store: .default).uploads == [UploadID("u1")])
        #expect(try await store.ledger(of: location, store: StoreName("other")).intentions.isEmpty)
    }

    @Test func whatIsLeftToAPersonStandsUntilItsJobIsDeleted() async throws {
        let job = try await world.job(store, files: 1)
        let intention = try await intend(job, file: 1)
        try await store.loseIntentions(of: job.number, unanswered: true)
        let before = try await store.job(job.number)?.changed
        for _ in 0..<2 {
            try await store.report(intention, suspects: [UploadID("a"), UploadID("b")], reason: "two")
        }
        #expect(store.statistics.possibleOrphans == 2 && store.statistics.openIntentions == 3)
        let (count, first) = try await store.openIntentions(job.number, limit: 2)
        #expect(count == 3 && first.map(\.uploadID) == [UploadID("a"), UploadID("b")])
        #expect(first.allSatisfy { $0.report == "two" })
        #expect(try await store.lostIntentions(after: 0, limit: 9).map(\.id) == [intention.id])
        try await store.report(intention, suspects: [], reason: "denied")
        #expect(try await store.lostIntentions(after: 0, limit: 9).isEmpty)
        // A poller who knows the job by its tag hears of it.
        #expect(try await store.job(job.number)?.changed ?? .zero > before ?? .zero)
        _ = try await store.setState(job.number, to: .cancelled, from: [.queued])
        _ = try await store.delete(job.number)
        #expect(store.statistics.openIntentions == 0 && store.statistics.possibleOrphans == 0)
    }

    /// The store was asked before, and answers after.
    @Test(arguments: [[UploadID("a"), UploadID("b")], []])
    func nothingIsLeftToAPersonOfADeletedJob(suspects: [UploadID]) async throws {
        let job = try await world.job(store, files: 1)
        let intention = try await intend(job, file: 1)
        _ = try await store.setState(job.number, to: .cancelled, from: [.queued])
        #expect(try await store.delete(job.number))
        try await store.report(intention, suspects: suspects, reason: "two")
        #expect(store.statistics.possibleOrphans == 0)
        #expect(store.statistics.openIntentions == (suspects.isEmpty ? 0 : 1))
    }
}
