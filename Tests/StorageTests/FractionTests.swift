import Support
import Testing

@testable import Model
@testable import Storage

/// A job's fraction within an attempt: sizes change under it, bytes that were counted go, and it never falls.
@Suite(.timeLimit(.minutes(2)))
struct FractionTests {
    private let world: World
    private let store: JobStore

    init() throws {
        world = try World()
        store = try world.open()
    }

    @Test func aFileThatShrankLeavesTheFractionWhereItWas() async throws {
        let job = try await world.job(store, files: 12)
        _ = try await store.addFiles(job.number, [ScannedFile(path: Array("large".utf8), size: 1_000)])
        try await store.finishScan(job.number)
        for part in 1...2 { try await store.record(world.part(job.number, 13, part, size: 300)) }
        let before = try await fraction(job.number)
        #expect(before == 600.0 / 1_133)
        try await store.record(ended(job.number, 13, .succeeded, scanned: 1_000, counted: 600, size: 50))
        try await store.flush()
        let after = try #require(try await store.job(job.number))
        #expect(after.counters.bytesTotal == 170 && after.counters.bytesSucceeded == 50)
        #expect(after.counters.fraction == 51.0 / 183 && after.fraction == before)
        for file: Int64 in 1...12 { try await store.record(world.outcome(job.number, file)) }
        #expect(try await fraction(job.number) == 1)
    }

    /// Nobody saw the fraction of the files that were scanned so far.
    @Test func theEndOfTheScanStartsIt() async throws {
        let job = try await world.job(store, files: 1)
        try await store.record(world.outcome(job.number, 1))
        try await store.flush()
        _ = try await store.addFiles(job.number, World.files(2...10), isLast: true)
        #expect(try await fraction(job.number) == 0.1)
    }

    @Test func anotherAttemptBeginsAnew() async throws {
        let job = try await world.job(store, files: 3)
        try await store.finishScan(job.number)
        try await store.record(world.outcome(job.number, 1))
        try await store.flush()
        try await store.record(ended(job.number, 2, .failed, scanned: 10, counted: 0, size: 5_000))
        #expect(try await fraction(job.number) == 11.0 / 33)
        _ = try await store.setState(job.number, to: .failed, from: [.queued])
        let again = try #require(try await store.startAttempt(job.number))
        #expect(again.fractionReached == 0 && again.fraction < 11.0 / 33)
    }

    @Test func whateverSizesBecomeItNeverFalls() async throws {
        var dice = SeededGenerator()
        for round in 0..<20 {
            let count = Int.random(in: 1...12, using: &dice)
            let job = try await world.job(store, "job-\(round)")
            let sizes = (0..<count).map { _ in Int64.random(in: 0...2_000, using: &dice) }
            let files = sizes.enumerated().map { ScannedFile(path: Array("f\($0)".utf8), size: $1) }
            _ = try await store.addFiles(job.number, files)
            try await store.finishScan(job.number)
            var fraction = 0.0
            func look() async throws {
                let next = try await self.fraction(job.number)
                #expect(next >= fraction && next <= 1, "seed \(dice.seed), round \(round)")
                fraction = next
            }
            for (index, size) in sizes.enumerated() {
                let counted = Int64.random(in: 0...size, using: &dice)
                if counted > 0 {
                    try await store.record(world.part(job.number, Int64(index + 1), 1, size: counted))
                    try await look()
                }
                let state = [FileState.succeeded, .failed, .skipped].randomElement(using: &dice) ?? .succeeded
                let newSize = Bool.random(using: &dice) ? size : Int64.random(in: 0...4_000, using: &dice)
                try await store.record(
                    ended(job.number, Int64(index + 1), state, scanned: size, counted: counted, size: newSize))
                try await look()
            }
        }
    }

    private func fraction(_ job: JobNumber) async throws -> Double {
        try await store.flush()
        return try #require(try await store.job(job)).fraction
    }

    /// The end of a file that had `scanned` bytes at first and has `size` now, and of which `counted` were acknowledged.
    private func ended(
        _ job: JobNumber, _ file: Int64, _ state: FileState, scanned: Int64, counted: Int64, size: Int64
    ) -> FileOutcome {
        var outcome = world.outcome(job, file, state, size: size)
        outcome.counters.bytesTotal = Int(size - scanned)
        if state == .succeeded {
            outcome.counters.bytesSucceeded = Int(size - counted)
        } else {
            let kept = min(counted, size)
            outcome.counters.bytesSucceeded = Int(kept - counted)
            if state == .failed { outcome.counters.bytesFailed = Int(size - kept) }
            if state == .skipped { outcome.counters.bytesSkipped = Int(size - kept) }
        }
        return outcome
    }
}
