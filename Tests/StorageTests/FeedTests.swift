import Support
import Synchronization
import Testing

@testable import Model
@testable import Storage

/// What readers of the feed see, and in which order.
@Suite(.timeLimit(.minutes(3)))
struct FeedTests {
    private let world: World
    private let store: JobStore

    init() throws {
        world = try World()
        store = try world.open()
    }

    @Test func everyRowIsSeenOnceAtItsNewestRevisionWhileOthersWrite() async throws {
        let dice = SeededGenerator()
        let jobs = try await (0..<3).asyncMap { try await world.job(store, "j\($0)", files: 120) }.map(\.number)
        let writers = WriterCount()
        let seen = try await withThrowingTaskGroup(of: (JobNumber?, [String: Revision]).self) { group in
            for writer in 0..<6 {
                writers.enter()
                group.addTask {
                    defer { writers.leave() }
                    var dice = SeededGenerator(seed: dice.seed &+ UInt64(writer))
                    try await write(jobs, share: writer, of: 6, &dice)
                    return (nil, [:])
                }
            }
            for reader in 0..<6 {
                let job = reader < 3 ? jobs[reader] : nil
                group.addTask {
                    var dice = SeededGenerator(seed: dice.seed &+ UInt64(100 + reader))
                    return (job, try await follow(job, until: { writers.areGone }, &dice))
                }
            }
            var seen: [(JobNumber?, [String: Revision])] = []
            for try await result in group where !result.1.isEmpty { seen.append(result) }
            return seen
        }
        #expect(seen.count == 6, "seed \(dice.seed)")
        for (job, rows) in seen { #expect(try await rows == newest(job), "seed \(dice.seed)") }
        try await resumeAnywhere(dice.seed)
    }

    /// A page begins with the jobs that changed first; others may have older rows.
    @Test(arguments: [1, 7])
    func manyJobsAreReadInOrderByPagesShorterThanTheirNumber(tenants: Int) async throws {
        var dice = SeededGenerator()
        var jobs: [JobNumber] = []
        var rows: [(JobNumber, Int64)] = []
        for number in 0..<80 {
            let tenant = try #require(TenantName("t\(Int.random(in: 0..<tenants, using: &dice))"))
            jobs.append(try await world.job(store, "j\(number)", of: tenant, files: 3).number)
            rows += (1...3).map { (jobs[number], $0) }
            // Some of the files of the jobs so far, so that old and new ones are mixed.
            for _ in 0..<2 {
                let (job, file) = rows.remove(at: Int.random(in: 0..<rows.count, using: &dice))
                try await store.record(world.outcome(job, file))
            }
        }
        for job in jobs.shuffled(using: &dice).prefix(30) {
            _ = try await store.setState(job, to: .running, from: [.queued])
        }
        try await store.flush()
        try await resumeAnywhere(dice.seed)
    }

    /// From any revision on, a reader gets exactly the rows that changed behind it.
    private func resumeAnywhere(_ seed: UInt64) async throws {
        var dice = SeededGenerator(seed: seed)
        let all = try await newest(nil)
        for _ in 0..<20 {
            let from = Revision(Int64.random(in: 0...store.watermark.rawValue, using: &dice))
            let rows = try await follow(nil, from: from, until: { true }, &dice)
            #expect(rows == all.filter { $0.value > from }, "seed \(seed), from \(from)")
        }
    }

    private func write(
        _ jobs: [JobNumber], share: Int, of writers: Int, _ dice: inout SeededGenerator
    ) async throws {
        for file in stride(from: share + 1, through: 120, by: writers).shuffled(using: &dice) {
            for job in jobs.shuffled(using: &dice) {
                if Int.random(in: 0..<4, using: &dice) == 0 {
                    _ = try await world.begin(store, job, file: Int64(file), parts: 3, partSize: 10)
                    for part in 1...3 {
                        try await store.record(world.part(job, Int64(file), part, size: 10, state: .failed))
                    }
                    for part in 1...3 { try await store.record(world.part(job, Int64(file), part, size: 10)) }
                }
                let state: FileState = [.succeeded, .failed, .skipped].randomElement(using: &dice)!
                try await store.record(world.outcome(job, Int64(file), state))
            }
            if Int.random(in: 0..<5, using: &dice) == 0 {
                let job = jobs.randomElement(using: &dice)!
                let (from, to): (JobState, JobState) =
                    Bool.random(using: &dice) ? (.queued, .running) : (.running, .queued)
                _ = try await store.setState(job, to: to, from: [from])
            }
        }
        try await store.flush()
    }

    /// Reads pages of random length until there are no more and `isOver`, then to the end.
    private func follow(
        _ job: JobNumber?, from: Revision = .zero, until isOver: () -> Bool, _ dice: inout SeededGenerator
    ) async throws -> [String: Revision] {
        var rows: [String: Revision] = [:]
        var after = from
        while true {
            let over = isOver()
            let limit = Int.random(in: 1...40, using: &dice)
            let batch = try await changes(job, after: after, limit: limit)
            var last = after
            for change in batch.changes {
                #expect(change.revision > last, "revisions grow")
                last = change.revision
                rows[Self.name(change)] = change.revision
            }
            #expect(batch.reached >= last && batch.changes.count <= limit)
            #expect(!batch.hasMore || batch.reached == last)
            after = batch.reached
            if over, !batch.hasMore { return rows }
        }
    }

    private func changes(_ job: JobNumber?, after: Revision, limit: Int) async throws -> ChangeBatch {
        guard let job else { return try await store.changes(after: after, filter: ChangeFilter(), limit: limit) }
        return try await store.changes(of: job, after: after, filter: ChangeFilter(), limit: limit)
    }

    /// The tables themselves: each row that has a revision.
    private func newest(_ only: JobNumber?) async throws -> [String: Revision] {
        var rows: [String: Revision] = [:]
        for job in try await store.jobs(JobFilter(), before: nil, limit: 100) where only == nil || job.number == only {
            rows["\(job.id)"] = job.revision
            for file in try await store.files(job.number, limit: 1_000) {
                if let revision = file.revision { rows["\(job.id) \(file.number.rawValue)"] = revision }
            }
            for part in try await store.parts(job.number, limit: 10_000).map(\.part) {
                guard let revision = part.revision else { continue }
                rows["\(job.id) \(part.file.rawValue)/\(part.number.rawValue)"] = revision
            }
        }
        return rows
    }

    private static func name(_ change: Change) -> String {
        switch change.row {
        case .job, .jobDeleted: "\(change.jobID)"
        case .file(let file): "\(change.jobID) \(file.number.rawValue)"
        case .part(let part, _): "\(change.jobID) \(part.file.rawValue)/\(part.number.rawValue)"
        }
    }

    // MARK: Single cases

    @Test func aFilterHidesRowsAndStillSaysHowFarItRead() async throws {
        let job = try await world.job(store, files: 2)
        _ = try await world.begin(store, job.number, file: 1, parts: 1, partSize: 10)
        try await store.record(world.part(job.number, 1, 1, size: 10))
        try await store.record(world.outcome(job.number, 1))
        try await store.flush()
        func kinds(_ filter: ChangeFilter, _ job: JobNumber?) async throws -> String {
            let batch =
                if let job { try await store.changes(of: job, after: .zero, filter: filter, limit: 10) } else {
                    try await store.changes(after: .zero, filter: filter, limit: 10)
                }
            #expect(batch.reached == store.watermark && !batch.hasMore)
            return batch.changes.map { Self.name($0) }.joined(separator: ", ")
        }
        for number in [job.number, nil] {
            #expect(try await kinds(ChangeFilter(), number) == "job, job 1/1, job 1")
            #expect(try await kinds(ChangeFilter(files: false, parts: false), number) == "job")
            #expect(try await kinds(ChangeFilter(jobs: false, parts: false), number) == "job 1")
            #expect(try await kinds(ChangeFilter(jobs: false, files: false), number) == "job 1/1")
            #expect(try await kinds(ChangeFilter(jobs: false, files: false, parts: false), number) == "")
        }
    }

    @Test func aPartComesWithThePathOfItsFile() async throws {
        let job = try await world.job(store, files: 1)
        _ = try await world.begin(store, job.number, file: 1, parts: 1, partSize: 10)
        try await store.record(world.part(job.number, 1, 1, size: 10))
        try await store.flush()
        let filter = ChangeFilter(jobs: false, files: false)
        let change = try #require(
            try await store.changes(of: job.number, after: .zero, filter: filter, limit: 1).changes.first)
        guard case .part(let part, let path) = change.row else { throw Unexpected("not a part") }
        #expect(path == Array("f1".utf8) && part.etag == ETag("p1") && part.revision == change.revision)
    }

    @Test func ofADeletedJobOnlyItsDeletionIsSeen() async throws {
        let job = try await world.job(store, files: 3)
        try await store.record(world.outcome(job.number, 1))
        _ = try await store.setState(job.number, to: .cancelled, from: [.queued])
        let before = store.watermark
        _ = try await store.delete(job.number)
        for after in [Revision.zero, before] {
            let own = try await store.changes(of: job.number, after: after, filter: ChangeFilter(), limit: 10)
            let all = try await store.changes(after: after, filter: ChangeFilter(), limit: 10)
            let jobsOnly = try await store.changes(
                after: after, filter: ChangeFilter(files: false, parts: false), limit: 10)
            for batch in [own, all, jobsOnly] {
                #expect(batch.changes.count == 1)
                guard case .jobDeleted = batch.changes.first?.row else { throw Unexpected("not a deletion") }
                #expect(batch.changes.first?.jobID == job.id)
            }
        }
    }

    @Test func whatIsPendingAgainLeavesTheFeed() async throws {
        let job = try await world.job(store, files: 1)
        try await store.record(world.outcome(job.number, 1, .failed))
        _ = try await store.setState(job.number, to: .failed, from: [.queued])
        _ = try await store.startAttempt(job.number)
        let filter = ChangeFilter(jobs: false)
        #expect(try await store.changes(of: job.number, after: .zero, filter: filter, limit: 9).changes.isEmpty)
        try await store.record(world.outcome(job.number, 1))
        try await store.flush()
        let batch = try await store.changes(of: job.number, after: .zero, filter: filter, limit: 9)
        #expect(batch.changes.map { Self.name($0) } == ["job 1"])
    }

    @Test func aFutureOrUnknownPlaceHasNothing() async throws {
        let job = try await world.job(store, files: 1)
        let future = Revision(store.watermark.rawValue + 1_000)
        let batch = try await store.changes(of: job.number, after: future, filter: ChangeFilter(), limit: 9)
        #expect(batch.changes.isEmpty && batch.reached == future && !batch.hasMore)
        let unknown = try await store.changes(of: JobNumber(9), after: .zero, filter: ChangeFilter(), limit: 9)
        #expect(unknown.changes.isEmpty)
    }

    @Test func aCommitNamesTheJobsThatItTouched() async throws {
        let job = try await world.job(store, files: 1)
        try await store.flush()
        world.commits.withLock { $0 = [] }
        try await store.record(world.outcome(job.number, 1))
        try await store.flush()
        _ = try await store.setState(job.number, to: .running, from: [.queued])
        let commits = world.commits.withLock { $0 }
        #expect(commits.map(\.jobs) == [[job.number], [job.number]])
        #expect(commits.map(\.jobEvents) == [[], [job.number]])
        #expect(commits.last?.watermark == store.watermark)
        #expect(commits[0].watermark < commits[1].watermark)
    }
}
