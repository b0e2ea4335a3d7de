import GRDB
import Metrics
import Model
import Testing

@testable import Storage

/// How many jobs there are by kind and state, without counting them at each question.
struct TallyTests {
    /// Those that `/metrics` shows, but for zeros.
    private func shown(_ store: JobStore) -> [String: Int] {
        var exposition = Exposition()
        store.write(to: &exposition)
        var counts: [String: Int] = [:]
        for line in String(decoding: exposition.bytes, as: UTF8.self).split(separator: "\n")
        where line.hasPrefix("longshore_jobs{") {
            let parts = line.dropFirst("longshore_jobs".count).split(separator: " ")
            if let count = Int(parts[1]), count != 0 { counts[String(parts[0])] = count }
        }
        return counts
    }

    private func label(_ kind: String, _ state: String) -> String { "{kind=\"\(kind)\",state=\"\(state)\"}" }

    @Test func everyChangeOfStateMovesAJobFromOneToTheOther() async throws {
        let world = try World()
        let store = try world.open()
        let first = try await world.job(store, "a")
        _ = try await world.job(store, "b")
        #expect(shown(store) == [label("upload", "queued"): 2])
        _ = try await store.begin(first.number)
        #expect(shown(store) == [label("upload", "queued"): 1, label("upload", "running"): 1])
        try await store.finishScan(first.number)
        guard case .ended = try await store.end(first.number, with: nil, settled: true) else {
            throw Unexpected("the job has not ended")
        }
        #expect(shown(store) == [label("upload", "queued"): 1, label("upload", "succeeded"): 1])
        let second = try #require(try await store.job(JobID("b")!))
        _ = try await store.setState(second.number, to: .cancelled, from: [.queued])
        _ = try await store.startAttempt(second.number)
        #expect(shown(store) == [label("upload", "queued"): 1, label("upload", "succeeded"): 1])
        #expect(try await store.delete(first.number))
        #expect(shown(store) == [label("upload", "queued"): 1])
        await store.close()
    }

    /// More than are counted at the start: the rest is counted while jobs come, change and go.
    @Test func whatAnEarlierProcessLeftIsCountedBesideTheWork() async throws {
        let world = try World()
        let old = try world.open()
        var jobs: [Job] = []
        for name in ["a", "b"] { jobs.append(try await world.job(old, name)) }
        await old.close()
        let more = Int(WriteBatch.talliedRows * 2)
        try await fill(world, more)
        let store = try world.open()
        // Before, among and behind those that are counted by now.
        _ = try await store.begin(jobs[0].number)
        _ = try await store.setState(JobNumber(Int64(more)), to: .failed, from: [.queued])
        _ = try await world.job(store, "new")
        while store.statistics.jobs == nil { await Task.yield() }
        #expect(
            shown(store) == [
                label("upload", "queued"): 2, label("upload", "running"): 1, label("copy", "queued"): more - 1,
                label("copy", "failed"): 1,
            ])
        await store.close()
    }

    /// Copies that are queued, straight into the table.
    private func fill(_ world: World, _ count: Int) async throws {
        var spec = JobSpec()
        spec.kind = .copy
        let text = try SpecText.encode(spec)
        let queue = try DatabaseQueue(path: world.state + "/longshore.sqlite")
        try await queue.write { database in
            let numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(count))"
            try database.execute(
                sql: """
                    \(numbers) INSERT INTO job (id, kind, state, attempt, revision, changed, create_time, update_time) \
                    SELECT 'job-' || i, 'copy', 'queued', 1, i + 100, i + 100, 1, 1 FROM n
                    """)
            try database.execute(
                sql: "INSERT INTO spec (job, submitted) SELECT number, ? FROM job WHERE kind = 'copy'",
                arguments: [text])
        }
        try queue.close()
    }
}
