import Foundation
import Model
import Storage

/// The work of one large job, step by step, each with its rate, its CPU time and the memory so far.
struct StorageBenchmark {
    let store: JobStore
    let count: Int

    private static let batch = 1_000
    private static let recorders = 64

    func run() async throws {
        print("an open store: resident \(Self.kibibytes("VmRSS")) KiB, of it files \(Self.kibibytes("RssFile")) KiB")
        let job = try await submit("large")
        try await measure("files inserted", count) { try await insert(job) }
        try await measure("files taken from the queue", count) { try await takePending(job) }
        try await measure("outcomes stored", count) { try await recordOutcomes(job) }
        try await measure("changes read, one reader", count) { try await readFeed(job) }
        let few = min(count, 50_000)
        let many = try await submit("many")
        let found = (1...few).map { ScannedFile(path: Array("m/\($0)".utf8), size: 4_096) }
        _ = try await store.addFiles(many, found)
        try await measure("outcomes stored, with 5 readers", few) { try await recordWithReaders(many, few) }
        try await measure("jobs submitted by 64 at once", 2_000) { try await submitMany(2_000) }
        _ = try await store.setState(job, to: .succeeded, from: [.queued])
        try await measure("files deleted", count) { try await delete(job) }
    }

    private func submit(_ id: String) async throws -> JobNumber {
        var spec = JobSpec()
        spec.source = "/data"
        spec.bucket = "bucket"
        guard let name = JobID(id) else { preconditionFailure("bad id \(id)") }
        let submission = Submission(id: name, spec: spec, idempotencyKey: nil, createTime: Timestamp(microseconds: 0))
        guard case .created(let job, _) = try await store.submit(submission, maximumQueued: 1_000_000) else {
            preconditionFailure("the directory was not empty")
        }
        return job.number
    }

    private func insert(_ job: JobNumber) async throws {
        for start in stride(from: 0, to: count, by: Self.batch) {
            let files = (start..<min(start + Self.batch, count)).map { index in
                ScannedFile(path: Array("photos/2026/\(index / 500)/image-\(index).jpg".utf8), size: 4_096)
            }
            _ = try await store.addFiles(job, files)
        }
        try await store.finishScan(job)
    }

    private func takePending(_ job: JobNumber) async throws {
        var after = FileNumber(0)
        while let last = try await store.nextPending(job, after: after, below: 1 << 20, limit: 500).last {
            after = last.number
        }
    }

    private func recordOutcomes(_ job: JobNumber) async throws {
        let share = count / Self.recorders + 1
        try await withThrowingTaskGroup { group in
            for recorder in 0..<Self.recorders {
                group.addTask {
                    let first = recorder * share + 1
                    guard first <= count else { return }
                    for number in first...min(first + share - 1, count) {
                        try await store.record(Self.outcome(job, number))
                    }
                }
            }
            try await group.waitForAll()
        }
        try await store.flush()
    }

    private static func outcome(_ job: JobNumber, _ number: Int) -> FileOutcome {
        var counters = JobCounters()
        counters.filesSucceeded = 1
        counters.bytesSucceeded = 4_096
        return FileOutcome(
            job: job, number: FileNumber(Int64(number)), state: .succeeded, size: 4_096, attempts: 1,
            etag: ETag("9b2cf535f27731c974343645a3985328"), checksum: Checksum(.crc32c, base64: "yZRlqg=="),
            startTime: Timestamp(microseconds: 1_795_246_000_000_000),
            endTime: Timestamp(microseconds: 1_795_246_000_100_000), counters: counters)
    }

    private func readFeed(_ job: JobNumber) async throws {
        var after = Revision.zero
        while true {
            let batch = try await store.changes(of: job, after: after, filter: ChangeFilter(), limit: 500)
            after = batch.reached
            guard batch.hasMore else { return }
        }
    }

    private func recordWithReaders(_ job: JobNumber, _ count: Int) async throws {
        try await withThrowingTaskGroup { group in
            group.addTask {
                for number in 1...count { try await store.record(Self.outcome(job, number)) }
                try await store.flush()
            }
            for _ in 0..<5 {
                group.addTask {
                    var after = Revision.zero
                    var seen = 0
                    while seen < count {
                        let batch = try await store.changes(of: job, after: after, filter: ChangeFilter(), limit: 500)
                        seen += batch.changes.count
                        after = batch.reached
                        if !batch.hasMore { try await Task.sleep(for: .milliseconds(20)) }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private func submitMany(_ count: Int) async throws {
        try await withThrowingTaskGroup { group in
            for client in 0..<64 {
                group.addTask {
                    for number in 0..<(count / 64) { _ = try await submit("c\(client)-\(number)") }
                }
            }
            try await group.waitForAll()
        }
    }

    private func delete(_ job: JobNumber) async throws {
        _ = try await store.delete(job)
        while try await !store.files(job, limit: 1).isEmpty { try await Task.sleep(for: .milliseconds(20)) }
    }

    // MARK: Measuring

    private func measure(_ name: String, _ count: Int, _ body: () async throws -> Void) async throws {
        let before = store.statistics
        let processor = Self.processorSeconds()
        let clock = ContinuousClock()
        let taken = try await clock.measure { try await body() }.inSeconds
        let used = Self.processorSeconds() - processor
        let after = store.statistics
        let rate = Int(Double(count) / taken)
        let cost = String(format: "%.1f", used / Double(count) * 1e6)
        print(
            name.padding(toLength: 34, withPad: " ", startingAt: 0),
            "\(rate)/s  \(cost) us CPU each  commits \(after.commits - before.commits)",
            "(\(after.durableCommits - before.durableCommits) durable)  resident \(Self.kibibytes("VmRSS")) KiB,",
            "peak \(Self.kibibytes("VmHWM")) KiB")
    }

    private static func processorSeconds() -> Double {
        var usage = rusage()
        unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
            + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
    }

    private static func kibibytes(_ name: String) -> String {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix(name) } ?? ""
        return line.split(whereSeparator: { !$0.isNumber }).first.map(String.init) ?? "?"
    }
}
