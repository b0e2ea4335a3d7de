import GRDB
import Testing

@testable import Model
@testable import Storage

/// What goes when jobs are deleted or have been over for long.
@Suite(.timeLimit(.minutes(2)))
struct RetentionTests {
    private let world: World

    init() throws { world = try World() }

    @Test func purgingDeletesWhatEndedBeforeAndLaterTheTombstones() async throws {
        let store = try world.open()
        var jobs: [JobNumber] = []
        for index in 1...5 {
            let job = try await world.job(store, "j\(index)", files: 5).number
            world.advance(.seconds(10))
            if index < 5 { _ = try await store.setState(job, to: .cancelled, from: [.queued]) }
            jobs.append(job)
        }
        // They ended at 11, 21, 31 and 41 seconds; the last has not.
        #expect(try await store.purge(endedBefore: Timestamp(microseconds: 31_000_000), limit: 1) == 1)
        #expect(try await store.purge(endedBefore: Timestamp(microseconds: 31_000_000), limit: 9) == 1)
        #expect(try await store.purge(endedBefore: Timestamp(microseconds: 31_000_000), limit: 9) == 0)
        let left = try await store.jobs(JobFilter(), before: nil, limit: 9).map(\.number)
        #expect(left == [jobs[4], jobs[3], jobs[2]])
        try await swept(store)
        #expect(try await rows(store, "job") == 5, "two tombstones")
        world.advance(.seconds(100))
        #expect(try await store.purge(endedBefore: Timestamp(microseconds: 100_000_000), limit: 9) == 2)
        try await swept(store)
        #expect(try await rows(store, "job") == 3, "the first tombstones are gone")
        #expect(try await rows(store, "file") == 5)
        #expect(try await store.job(jobs[4]) != nil)
    }

    @Test func aLargeJobGoesInSmallTransactions() async throws {
        let store = try world.open()
        let job = try await world.job(store, files: 9_000)
        _ = try await world.begin(store, job.number, file: 1, parts: 2, partSize: 5)
        try await store.record(world.part(job.number, 1, 1, size: 5))
        _ = try await store.setState(job.number, to: .failed, from: [.queued])
        let before = store.statistics.commits
        #expect(try await store.delete(job.number))
        try await swept(store)
        #expect(store.statistics.commits - before >= 5)
        #expect(try await rows(store, "file") == 0)
        #expect(try await rows(store, "part") == 0)
        #expect(try await rows(store, "spec") == 0)
    }

    @Test func anInterruptedSweepGoesOnAtTheNextStart() async throws {
        let store = try world.open()
        let job = try await world.job(store, files: 9_000)
        _ = try await store.setState(job.number, to: .failed, from: [.queued])
        async let deleted = store.delete(job.number)
        async let closed: Void = store.close()
        // One after the other: where the first throws, the store would not be closed yet.
        _ = try? await deleted
        await closed
        let again = try world.open()
        if try await again.job(job.number) != nil { #expect(try await again.delete(job.number)) }
        try await swept(again)
        #expect(try await rows(again, "file") == 0)
    }

    /// Returns once nothing of a deleted job is left to be removed. A sweep queues its next step when one is committed, so
    /// that an empty queue says nothing.
    private func swept(_ store: JobStore) async throws {
        while try await store.read("unswept", { try !JobStore.unsweptJobs($0).isEmpty }) {
            try await store.flush()
            await Task.yield()
        }
        try await store.flush()
    }

    private func rows(_ store: JobStore, _ table: String) async throws -> Int {
        try await store.read("rows") { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)") ?? -1 }
    }
}
