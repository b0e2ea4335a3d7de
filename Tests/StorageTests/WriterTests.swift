import Dispatch
import GRDB
import Testing

@testable import Model
@testable import Storage

/// How the writer groups, what it does with a record that no table takes, and with a disk that takes nothing.
@Suite(.timeLimit(.minutes(2)))
struct WriterTests {
    private let world: World
    private let store: JobStore

    init() throws {
        world = try World()
        store = try world.open()
    }

    // MARK: Groups

    @Test func submitsThatComeTogetherShareOneCommit() async throws {
        let gate = hold()
        try await withThrowingTaskGroup { group in
            for index in 0..<200 {
                group.addTask { _ = try await store.submit(world.submission("j\(index)"), maximumQueued: 1_000) }
            }
            await waiting(for: 200)
            gate.signal()
            try await group.waitForAll()
        }
        #expect(store.statistics.commits == 1 && store.statistics.durableCommits == 1)
        #expect(store.statistics.operations == 200)
        #expect(try await store.jobs(JobFilter(), before: nil, limit: 1_000).count == 200)
    }

    @Test func recordsShareCommitsAndAreNotDurable() async throws {
        let job = try await world.job(store, files: 3_000)
        let before = store.statistics
        for file: Int64 in 1...3_000 { try await store.record(world.outcome(job.number, file)) }
        try await store.flush()
        let after = store.statistics
        #expect(after.operations - before.operations == 3_001)
        #expect(after.commits - before.commits <= 60)
        #expect(after.durableCommits == before.durableCommits)
    }

    @Test func aRecordIsCommittedWithoutBeingAskedFor() async throws {
        let job = try await world.job(store, files: 1)
        try await store.record(world.outcome(job.number, 1))
        while store.statistics.waiting > 0 { await Task.yield() }
        while try await store.file(job.number, FileNumber(1))?.state != .succeeded { await Task.yield() }
    }

    @Test func recordsWaitForRoomAndNoneIsLost() async throws {
        let job = try await world.job(store, files: 6_000)
        let gate = hold()
        try await withThrowingTaskGroup { group in
            for share in 0..<6 {
                group.addTask {
                    for file in (share * 1_000 + 1)...(share * 1_000 + 1_000) {
                        try await store.record(world.outcome(job.number, Int64(file)))
                    }
                }
            }
            // The bound, and one that waits for room in each of the tasks.
            await waiting(for: WriteQueue.recordBound + 1)
            gate.signal()
            try await group.waitForAll()
        }
        try await store.flush()
        #expect(try await store.job(job.number)?.counters.filesSucceeded == 6_000)
    }

    @Test func whatIsQueuedIsCommittedAtTheEnd() async throws {
        let job = try await world.job(store, files: 500)
        for file: Int64 in 1...500 { try await store.record(world.outcome(job.number, file)) }
        await store.close()
        await store.close()
        let again = try world.open()
        #expect(try await again.job(job.number)?.counters.filesSucceeded == 500)
    }

    @Test func aClosedStoreSaysSo() async throws {
        let job = try await world.job(store, files: 1)
        await store.close()
        await #expect(throws: StorageError.self) { try await store.record(world.outcome(job.number, 1)) }
        await #expect(throws: StorageError.self) { try await store.submit(world.submission("x"), maximumQueued: 9) }
        do {
            _ = try await store.job(job.number)
            throw Unexpected("it was read")
        } catch let error as StorageError { #expect(error.code == .closed) }
    }

    // MARK: Faults of one operation

    @Test func aRecordThatNoTableTakesFailsAlone() async throws {
        let job = try await world.job(store, files: 10)
        for file: Int64 in 1...4 { try await store.record(world.outcome(job.number, file)) }
        try await store.record(world.part(job.number, 99, 1, size: 5))
        for file: Int64 in 5...10 { try await store.record(world.outcome(job.number, file)) }
        _ = try await store.setState(job.number, to: .running, from: [.queued])
        guard case .unsettled = try await store.end(job.number, with: nil, settled: false) else {
            throw Unexpected("the job ended without all of its records")
        }
        await #expect(throws: StorageError.self) { try await store.flush() }
        try await store.flush()
        let counters = try await store.job(job.number)?.counters
        #expect(counters?.filesSucceeded == 10 && counters?.partsSucceeded == 0 && counters?.bytesSucceeded == 100)
        #expect(store.statistics.rejected == 1 && store.isWritable)
    }

    @Test func aWaiterWhoseOperationFailsIsToldAndOthersAreNot() async throws {
        let job = try await world.job(store)
        let gate = hold()
        try await withThrowingTaskGroup { group in
            group.addTask {
                let negative = [ScannedFile(path: [65], size: 1), ScannedFile(path: [66], size: -1)]
                await #expect(throws: StorageError.self) { try await store.addFiles(job.number, negative) }
            }
            group.addTask { _ = try await store.submit(world.submission("fine"), maximumQueued: 9) }
            await waiting(for: 2)
            gate.signal()
            try await group.waitForAll()
        }
        #expect(try await store.job(JobID("fine")!) != nil)
        #expect(try await store.files(job.number, limit: 9).isEmpty)
        #expect(try await store.addFiles(job.number, World.files(1...2)) == 1...2)
        #expect(try await store.job(job.number)?.counters.filesTotal == 2)
    }

    // MARK: A disk that refuses

    @Test func recordsSurviveAFullDisk() async throws {
        let job = try await world.job(store, files: 1_500)
        try await pragma("PRAGMA max_page_count = 1")
        for file: Int64 in 1...1_500 { try await store.record(failing(job.number, file)) }
        while store.isWritable { await Task.yield() }
        do {
            _ = try await store.addFiles(job.number, World.files(1_501...3_000))
            throw Unexpected("the disk was not full")
        } catch let error as StorageError { #expect(error.code == .full) }
        try await pragma("PRAGMA max_page_count = 1000000")
        while !store.isWritable { await Task.yield() }
        try await store.flush()
        #expect(try await store.job(job.number)?.counters.filesFailed == 1_500)
        #expect(try await store.files(job.number, states: [.failed], limit: 2_000).count == 1_500)
        #expect(store.statistics.refusals > 0 && store.statistics.rejected == 0)
    }

    @Test func aDiskThatCanNotBeWrittenIsToldAndIsTriedAgain() async throws {
        let job = try await world.job(store, files: 1)
        try await pragma("PRAGMA query_only = 1")
        do {
            _ = try await store.submit(world.submission("x"), maximumQueued: 9)
            throw Unexpected("it was written")
        } catch let error as StorageError { #expect(error.code == .readOnly) }
        #expect(!store.isWritable)
        try await pragma("PRAGMA query_only = 0")
        while !store.isWritable { await Task.yield() }
        try await store.record(world.outcome(job.number, 1))
        try await store.flush()
        #expect(try await store.job(job.number)?.counters.filesSucceeded == 1)
    }

    @Test func aStoreClosesOnADiskThatRefuses() async throws {
        let job = try await world.job(store, files: 1)
        try await pragma("PRAGMA query_only = 1")
        try await store.record(world.outcome(job.number, 1))
        await store.close()
        let again = try world.open()
        #expect(try await again.file(job.number, FileNumber(1))?.state == .pending)
    }

    // MARK: Helpers

    /// Keeps the writer from beginning until the semaphore is signalled.
    private func hold() -> DispatchSemaphore {
        let gate = DispatchSemaphore(value: 0)
        store.pool.asyncWriteWithoutTransaction { _ in gate.wait() }
        return gate
    }

    private func waiting(for count: Int) async {
        while store.statistics.waiting < count { await Task.yield() }
    }

    private func pragma(_ sql: String) async throws {
        try await store.pool.writeWithoutTransaction { try $0.execute(sql: sql) }
    }

    /// An outcome that makes its row grow.
    private func failing(_ job: JobNumber, _ file: Int64) -> FileOutcome {
        var outcome = world.outcome(job, file, .failed)
        outcome.failure?.message = String(repeating: "long ", count: 100)
        return outcome
    }
}
