import Foundation
import GRDB
import Model
import Testing

@testable import Storage

/// Jobs of several tenants in one table.
@Suite(.timeLimit(.minutes(2)))
struct TenantTests {
    private static let a = TenantName("a")!
    private static let b = TenantName("b")!
    private let world: World

    init() throws { world = try World() }

    private func submit(
        _ store: JobStore, _ id: String, of tenant: TenantName, key: String? = nil, most: Int = 100,
        _ change: (inout JobSpec) -> Void = { _ in }
    ) async throws -> SubmissionOutcome {
        var submission = world.submission(id, key: key)
        submission.tenant = tenant
        change(&submission.spec)
        return try await store.submit(submission, maximumQueued: most)
    }

    @Test func idsAndKeysAreATenantsOwn() async throws {
        let store = try world.open()
        guard case .created(let first, 0) = try await submit(store, "x", of: Self.a, key: "k"),
            case .created(let second, 0) = try await submit(store, "x", of: Self.b, key: "k", { $0.bucket = "other" })
        else {
            Issue.record("an id or a key was taken")
            return
        }
        #expect(first.tenant == Self.a && second.tenant == Self.b && first.number != second.number)
        #expect(try await store.job(first.id, reach: .tenant(Self.a))?.number == first.number)
        #expect(try await store.job(first.id, reach: .tenant(Self.b))?.number == second.number)
        #expect(try await store.job(first.id, reach: .tenant(.default)) == nil)
        #expect(try await store.job(idempotencyKey: "k", of: Self.b)?.number == second.number)
        #expect(try await store.job(idempotencyKey: "k", of: .default) == nil)
        // An operator's own comes first, else the oldest.
        #expect(try await store.job(first.id, reach: .everyone(own: Self.b))?.number == second.number)
        #expect(try await store.job(first.id, reach: .everyone(own: .default))?.number == first.number)
        guard case .existing(let again) = try await submit(store, "y", of: Self.a, key: "k") else {
            Issue.record("the key was not known")
            return
        }
        #expect(again.number == first.number)
    }

    @Test func placesAndBoundsOfTheQueueAreATenantsOwn() async throws {
        let store = try world.open()
        for number in 1...3 { _ = try await submit(store, "a\(number)", of: Self.a) }
        guard case .full = try await submit(store, "a4", of: Self.a, most: 3),
            case .created(let job, let before) = try await submit(store, "b", of: Self.b, most: 3)
        else {
            Issue.record("the bound is another's")
            return
        }
        #expect(before == 0)
        #expect(try await store.queuePosition(job.number) == 0)
        await store.close()
        // Counted anew from the table.
        let reopened = try world.open()
        guard case .full = try await submit(reopened, "a5", of: Self.a, most: 3) else {
            Issue.record("the queue was forgotten")
            return
        }
        #expect(try await reopened.unfinishedJobs().map(\.tenant) == [Self.a, Self.a, Self.a, Self.b])
    }

    @Test func listsShowATenantItsOwn() async throws {
        let store = try world.open()
        for number in 1...6 {
            let kind: JobSpec.Kind = number % 3 == 0 ? .copy : .upload
            _ = try await submit(store, "j\(number)", of: number % 2 == 0 ? Self.a : Self.b) {
                $0.kind = kind
                $0.labels = ["n": "\(number % 3)"]
            }
        }
        func ids(_ filter: JobFilter) async throws -> [String] {
            try await store.jobs(filter, before: nil, limit: 10).map(\.id.rawValue)
        }
        #expect(try await ids(JobFilter(tenant: Self.a)) == ["j6", "j4", "j2"])
        #expect(try await ids(JobFilter(tenant: Self.a, states: [.queued])) == ["j6", "j4", "j2"])
        #expect(try await ids(JobFilter(tenant: Self.a, states: [.queued], kind: .copy)) == ["j6"])
        #expect(try await ids(JobFilter(tenant: Self.b, kind: .copy)) == ["j3"])
        #expect(try await ids(JobFilter(tenant: Self.b, labels: ["n": "1"])) == ["j1"])
        #expect(try await ids(JobFilter(tenant: .default)).isEmpty)
        #expect(try await ids(JobFilter(states: [.queued])) == (1...6).reversed().map { "j\($0)" })
        #expect(try await ids(JobFilter(kind: .copy)) == ["j6", "j3"])
        #expect(try await ids(JobFilter(labels: ["n": "0"])) == ["j6", "j3"])
        #expect(
            try await store.jobs(JobFilter(kind: .upload), before: JobNumber(5), limit: 1).map(\.id.rawValue) == ["j4"])
    }

    @Test(arguments: [1, 2, 3, 100]) func theFeedShowsATenantItsOwn(limit: Int) async throws {
        let store = try world.open()
        var own: [Revision] = []
        for round in 0..<4 {
            for tenant in [Self.a, Self.b] {
                let job = try await world.job(store, "\(tenant)\(round)", of: tenant, files: 2)
                for file: Int64 in 1...2 { try await store.record(world.outcome(job.number, file)) }
                try await store.flush()
            }
        }
        for filter in [
            ChangeFilter(tenant: Self.a), ChangeFilter(tenant: Self.a, files: false, parts: false), ChangeFilter(),
        ] {
            own = []
            var after = Revision.zero
            var hasMore = true
            while hasMore {
                let batch = try await store.changes(after: after, filter: filter, limit: limit)
                for change in batch.changes {
                    #expect(filter.tenant == nil || change.jobID.rawValue.hasPrefix("a"))
                    own.append(change.revision)
                }
                (after, hasMore) = (batch.reached, batch.hasMore)
            }
            // Four jobs of each, two files of each job.
            #expect(own.count == (filter.files ? 12 : 4) * (filter.tenant == nil ? 2 : 1) && own == own.sorted())
            #expect(after == store.watermark)
        }
    }

    /// A tenant's page passes over no row of another's.
    @Test func eachQuestionHasAnIndex() async throws {
        let store = try world.open()
        let questions = [
            "SELECT number FROM job INDEXED BY job_tenant WHERE number < 9 AND tenant = 'a' ORDER BY number DESC LIMIT 5",
            "SELECT number FROM job INDEXED BY job_state WHERE state = 'failed' AND tenant = 'a' ORDER BY number DESC",
            "SELECT number FROM job INDEXED BY job_kind WHERE kind = 'copy' AND tenant = 'a' ORDER BY number DESC LIMIT 5",
            "SELECT number FROM job WHERE tenant = 'a' AND revision > 7 ORDER BY revision LIMIT 5",
            "SELECT count(*) FROM job WHERE state = 'queued' AND number < 7 AND tenant = 'a'",
            "SELECT number FROM job WHERE id = 'x' AND tenant = 'a' AND state <> 'deleted'",
        ]
        for question in questions {
            let plan = try await store.read("plan") { database in
                try Row.fetchAll(database, sql: "EXPLAIN QUERY PLAN " + question).map { $0["detail"] as String }
            }
            #expect(
                plan.count == 1 && plan[0].contains("tenant=?") && !plan[0].contains("TEMP"), "\(question): \(plan)")
        }
    }
}
