import Foundation
import GRDB
import Model
import Storage

/// The store with very many ended jobs and 1,000 running ones: how large it is, and what the service's questions cost.
struct JobTable {
    private static let tenants = 1_000
    private static let running = 1_000

    private let directory: String
    private let jobs: Int

    static func measure(jobs: Int) async throws {
        let folder = NSTemporaryDirectory() + "longshore-scale-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await JobTable(directory: folder, jobs: jobs).measure()
    }

    private func measure() async throws {
        print("\(jobs) ended jobs of one file and \(Self.running) running ones, one of \(Self.tenants) tenants each\n")
        try await fill()
        let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
        print("size \(size >> 20) MiB, \(size / jobs) bytes a job")
        var opened: JobStore?
        try await time("open", runs: 1) { opened = try Self.open(directory) }
        guard let store = opened else { return }
        try await time("unfinished jobs, at a start") { _ = try await store.unfinishedJobs() }
        try await lists(store)
        try await writes(store)
        await store.close()
    }

    private func lists(_ store: JobStore) async throws {
        let label = ["tenant": "t7"]
        let tenant = TenantName("t7")
        let lists: [(String, JobFilter)] = [
            ("newest 50", JobFilter()), ("newest 50 that failed, of which there are few", JobFilter(states: [.failed])),
            ("newest 50 copies, of which there are none", JobFilter(kind: .copy)),
            ("newest 50 of a label", JobFilter(labels: label)),
            ("newest 50 of a label that failed", JobFilter(states: [.failed], labels: label)),
            ("newest 50 of a tenant", JobFilter(tenant: tenant)),
            ("newest 50 of a tenant that failed", JobFilter(tenant: tenant, states: [.failed])),
            ("newest 50 copies of a tenant, of which there are none", JobFilter(tenant: tenant, kind: .copy)),
            ("newest 50 of a tenant and a label", JobFilter(tenant: tenant, labels: label)),
        ]
        for (name, filter) in lists {
            try await time(name) { _ = try await store.jobs(filter, before: nil, limit: 50) }
        }
        try await time("50 from the middle") {
            _ = try await store.jobs(JobFilter(), before: JobNumber(Int64(jobs / 2)), limit: 50)
        }
        guard let id = JobID("job-\(jobs / 2)") else { return }
        try await time("one by its id") { _ = try await store.job(id, reach: .everyone(own: .default)) }
        let jobsOnly = ChangeFilter(jobs: true, files: false, parts: false)
        try await time("500 changes of jobs, from the first") {
            _ = try await store.changes(after: .zero, filter: jobsOnly, limit: 500)
        }
        try await time("500 changes of everything, from the first") {
            _ = try await store.changes(after: .zero, filter: ChangeFilter(), limit: 500)
        }
        try await time("500 changes of a tenant, from the first") {
            _ = try await store.changes(after: .zero, filter: ChangeFilter(tenant: TenantName("t7")), limit: 500)
        }
        try await time("500 changes of everything, from the middle") {
            _ = try await store.changes(after: Revision(Int64(2 * jobs)), filter: ChangeFilter(), limit: 500)
        }
    }

    private func writes(_ store: JobStore) async throws {
        var number = 0
        try await time("submit, one by one", runs: 50) {
            number += 1
            _ = try await submit(store, "one-\(number)")
        }
        let batch = 2_000
        try await time("submit \(batch), 64 at once", runs: 1) {
            try await withThrowingTaskGroup { group in
                for client in 0..<64 {
                    group.addTask {
                        for index in 0..<(batch / 64) { _ = try await submit(store, "many-\(client)-\(index)") }
                    }
                }
                try await group.waitForAll()
            }
        }
        try await time("place in the queue of the last of these") {
            _ = try await store.queuePosition(JobNumber(Int64(jobs + Self.running + batch)))
        }
        let far = Timestamp(microseconds: Int64(jobs) * 1_000_000)
        try await time("purge 100", runs: 20) { _ = try await store.purge(endedBefore: far, limit: 100) }
        try await store.flush()
    }

    private func submit(_ store: JobStore, _ id: String) async throws -> JobNumber? {
        var spec = JobSpec()
        spec.source = "/data/photos/2026"
        spec.bucket = "media"
        spec.labels = ["tenant": "t7"]
        guard let name = JobID(id) else { preconditionFailure("bad id \(id)") }
        let submission = Submission(id: name, spec: spec, idempotencyKey: id, createTime: Self.now())
        guard case .created(let job, _) = try await store.submit(submission, maximumQueued: 100_000) else { return nil }
        return job.number
    }

    // MARK: A large table

    private var path: String { directory + "/longshore.sqlite" }

    private static func now() -> Timestamp { Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)) }

    private static func open(_ directory: String) throws -> JobStore {
        try JobStore(directory: directory, now: now, onCommit: { _ in })
    }

    /// One job by the store's own verbs; the others are its copies, by SQL.
    private func fill() async throws {
        let store = try Self.open(directory)
        guard let job = try await submit(store, "job-1") else { preconditionFailure("the directory was not empty") }
        _ = try await store.addFiles(job, [ScannedFile(path: Array("photos/2026/image-1.jpg".utf8), size: 4_096)])
        try await store.finishScan(job)
        try await store.record(outcome(job))
        _ = try await store.setState(job, to: .running, from: [.queued])
        _ = try await store.setState(job, to: .succeeded, from: [.running])
        await store.close()
        try multiply()
    }

    private func multiply() throws {
        let database = try DatabaseQueue(path: path)
        try database.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA cache_size = -262144")
            for first in stride(from: 2, through: jobs + Self.running, by: 100_000) {
                try copies(database, first...min(first + 99_999, jobs + Self.running))
            }
            try database.execute(sql: "UPDATE meta SET value = value + 4 * ?", arguments: [jobs + Self.running])
        }
        try database.close()
    }

    /// Every thousandth has failed, the last ones run.
    private func copies(_ database: Database, _ numbers: ClosedRange<Int>) throws {
        let arguments: StatementArguments = [numbers.lowerBound, numbers.upperBound, jobs]
        let series = "WITH RECURSIVE n(i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)"
        let columns = """
            kind, attempt, state_reason, error, files_total, files_succeeded, files_failed, files_skipped, bytes_total, \
            bytes_succeeded, bytes_failed, bytes_skipped, bytes_reused, bytes_resent, parts_total, parts_succeeded, \
            scan_complete, next_file
            """
        try database.execute(sql: "BEGIN")
        try database.execute(
            sql: """
                \(series) INSERT INTO job (number, id, idempotency_key, tenant, state, \(columns), first, revision, changed, \
                create_time, start_time, update_time, end_time) \
                SELECT i, 'job-' || i, 'k' || char(31) || i, 't' || (i % \(Self.tenants)), \
                CASE WHEN i > ?3 THEN 'running' WHEN i % 1000 = 0 THEN 'failed' ELSE 'succeeded' END, \(columns), \
                first + 4 * i, revision + 4 * i, changed + 4 * i, 1000000 * i, 1000000 * i, 1000000 * i, \
                CASE WHEN i > ?3 THEN NULL ELSE 1000000 * i END FROM n JOIN job ON number = 1
                """, arguments: arguments)
        try database.execute(
            sql: "\(series) INSERT INTO spec SELECT i, submitted, patched FROM n JOIN spec ON job = 1 AND ?3 > 0",
            arguments: arguments)
        try database.execute(
            sql: """
                \(series) INSERT INTO label (name, value, job, tenant) \
                SELECT 'tenant', 't' || (i % \(Self.tenants)), i, 't' || (i % \(Self.tenants)) FROM n WHERE ?3 > 0
                """,
            arguments: arguments)
        try database.execute(
            sql: """
                \(series) INSERT INTO file (job, number, path, size, marker, state, attempts, etag, checksum, start_time, \
                end_time, revision, counted_bytes) SELECT i, 1, path, size, marker, state, attempts, etag, checksum, \
                start_time, end_time, revision + 4 * i, counted_bytes FROM n JOIN file ON job = 1 AND number = 1 AND ?3 > 0
                """, arguments: arguments)
        try database.execute(sql: "COMMIT")
    }

    private func outcome(_ job: JobNumber) -> FileOutcome {
        var counters = JobCounters()
        (counters.filesSucceeded, counters.bytesSucceeded) = (1, 4_096)
        return FileOutcome(
            job: job, number: FileNumber(1), state: .succeeded, size: 4_096, attempts: 1,
            etag: ETag("9b2cf535f27731c974343645a3985328"), checksum: Checksum(.crc32c, base64: "yZRlqg=="),
            startTime: Self.now(), endTime: Self.now(), counters: counters)
    }

    /// The median of some runs.
    private func time(_ name: String, runs: Int = 5, _ body: () async throws -> Void) async throws {
        let clock = ContinuousClock()
        var times: [Duration] = []
        for _ in 0..<runs { times.append(try await clock.measure { try await body() }) }
        let median = times.sorted()[runs / 2] / .milliseconds(1)
        print(name.padding(toLength: 48, withPad: " ", startingAt: 0), String(format: "%10.2f ms", median))
    }
}
