import Model
import Storage
import Testing

@testable import Scheduling

@Suite(.timeLimit(.minutes(5))) struct FileQueueTests {
    private static let large = JobStore.largeFile

    /// A stored job with files of these sizes, and no service that would run it.
    private func withJob(
        _ sizes: [Int64], _ body: (JobStore, JobNumber) async throws -> Void
    ) async throws {
        try await World.with { world in
            let store = try JobStore(
                directory: world.stateDirectory, now: { Timestamp(microseconds: 0) }, onCommit: { _ in })
            let submission = Submission(
                id: JobID("queue")!, spec: world.spec(), idempotencyKey: nil, createTime: Timestamp(microseconds: 0))
            let outcome = try await store.submit(submission, maximumQueued: 10)
            guard case .created(let job, _) = outcome else { throw Unexpected("not created") }
            try await add(sizes, from: 0, to: job.number, store)
            try await body(store, job.number)
            await store.close()
        }
    }

    private func add(_ sizes: [Int64], from first: Int, to job: JobNumber, _ store: JobStore) async throws {
        let files = sizes.enumerated().map { ScannedFile(path: Array("f\(first + $0)".utf8), size: $1) }
        _ = try await store.addFiles(job, files)
    }

    private func drain(_ queue: inout FileQueue) async throws -> [FileTransfer] {
        var all: [FileTransfer] = []
        while let file = try await queue.next() { all.append(file) }
        return all
    }

    @Test func theLargestComeFirstAndEachComesOnce() async throws {
        var sizes: [Int64] = (0..<1_300).map { Int64($0 * 7 % 1_000) }
        for index in 0..<300 { sizes.insert(Self.large + Int64(index * 37 % 300), at: index * 4) }
        try await withJob(sizes) { store, job in
            var queue = FileQueue(store: store, job: job)
            let all = try await drain(&queue)
            #expect(Set(all.map(\.number)).count == 1_600 && all.count == 1_600)
            let first = all.prefix(300).map(\.size)
            #expect(first == first.sorted(by: >) && first.allSatisfy { $0 >= Self.large })
            #expect(all.dropFirst(300).allSatisfy { $0.size < Self.large })
            #expect(try await queue.next() == nil)
        }
    }

    @Test func whatIsScannedLaterComesToo() async throws {
        try await withJob([5, Self.large, 7]) { store, job in
            var queue = FileQueue(store: store, job: job)
            #expect(try await drain(&queue).map(\.size) == [Self.large, 7, 5])
            try await add([9, Self.large + 1, Self.large + 2, 8], from: 3, to: job, store)
            #expect(try await drain(&queue).map(\.size) == [Self.large + 2, Self.large + 1, 9, 8])
        }
    }

    @Test func whatTheScanHandsOverComesOnce() async throws {
        try await withJob([5, Self.large, 7]) { store, job in
            var queue = FileQueue(store: store, job: job)
            let files = try await store.files(job, limit: 10)
            #expect(queue.add(files)?.size == Self.large)
            #expect(try await drain(&queue).map(\.size) == [7, 5])
            #expect(try await queue.next() == nil)
        }
    }

    @Test func filesThatHaveEndedAreNotHandedOutByTheNextRun() async throws {
        try await withJob([5, Self.large, 7, Self.large + 5]) { store, job in
            for number in [FileNumber(2), FileNumber(3)] {
                var counters = JobCounters()
                counters.filesSkipped = 1
                try await store.record(
                    FileOutcome(
                        job: job, number: number, state: .skipped, size: 7, skipReason: "x", attempts: 1,
                        startTime: Timestamp(microseconds: 0), endTime: Timestamp(microseconds: 0),
                        counters: counters))
            }
            try await store.flush()
            var queue = FileQueue(store: store, job: job)
            #expect(try await drain(&queue).map(\.number) == [FileNumber(4), FileNumber(1)])
        }
    }
}
