import Testing

@testable import Model
@testable import Storage

/// The files of a job: scanning, the queue, and how they end.
@Suite(.timeLimit(.minutes(2)))
struct FileVerbTests {
    private let world: World
    private let store: JobStore

    init() throws {
        world = try World()
        store = try world.open()
    }

    // MARK: The scan

    @Test func scannedFilesAreNumberedAndCounted() async throws {
        let job = try await world.job(store)
        var skipped = ScannedFile(path: Array("pipe".utf8), size: 0, state: .skipped, skipReason: "special")
        skipped.size = 2
        let failed = ScannedFile(
            path: [0xFF, 0x00, 0x41], size: 3, state: .failed, failure: Failure(.invalidKey, "no"))
        let marker = ScannedFile(path: Array("empty".utf8), size: 0, isDirectoryMarker: true)
        #expect(try await store.addFiles(job.number, World.files(1...2)) == 1...2)
        #expect(try await store.addFiles(job.number, [skipped, failed, marker]) == 3...5)
        #expect(try await store.addFiles(job.number, []) == nil)
        try await store.finishScan(job.number)

        let files = try await store.files(job.number, limit: 10)
        #expect(files.map(\.path) == [Array("f1".utf8), Array("f2".utf8), skipped.path, failed.path, marker.path])
        #expect(files[2].state == .skipped && files[2].skipReason == "special" && files[2].revision != nil)
        #expect(files[3].state == .failed && files[3].failure == failed.failure)
        #expect(files[4].isDirectoryMarker && files[4].revision == nil)
        let stored = try #require(try await store.job(job.number))
        var expected = JobCounters()
        expected.filesTotal = 5
        expected.filesSkipped = 1
        expected.filesFailed = 1
        expected.bytesTotal = 25
        expected.bytesSkipped = 2
        expected.bytesFailed = 3
        #expect(stored.counters == expected && stored.scanComplete)
        #expect(stored.revision == job.revision && stored.changed > job.changed)
    }

    @Test func theLastFilesOfAScanEndIt() async throws {
        for files in [World.files(1...2), []] {
            let job = try await world.job(store, "job\(files.count)")
            _ = try await store.addFiles(job.number, files, isLast: true)
            let stored = try #require(try await store.job(job.number))
            #expect(stored.scanComplete && stored.counters.filesTotal == files.count && stored.changed > job.changed)
        }
    }

    @Test func aRescanPassesOverWhatIsKnown() async throws {
        let job = try await world.job(store, files: 5_000)
        let other = try await world.job(store, "other", files: 3)
        await store.close()
        let again = try world.open()
        try await again.beginRescan(job.number)
        #expect(try await again.addFiles(job.number, World.files(1...4_000)) == nil)
        #expect(try await again.addFiles(job.number, World.files(4_001...5_002)) == 5_001...5_002)
        #expect(try await again.addFiles(job.number, World.files(5_000...5_003)) == 5_003...5_003)
        #expect(try await again.addFiles(other.number, World.files(1...3)) == 4...6, "only that job is scanned again")
        try await again.finishScan(job.number)
        let stored = try #require(try await again.job(job.number))
        #expect(stored.counters.filesTotal == 5_003 && stored.counters.bytesTotal == 50_030)
        #expect(try await again.file(job.number, path: Array("f5003".utf8))?.number == FileNumber(5_003))
        #expect(try await again.addFiles(job.number, World.files(1...1)) != nil, "the rescan is over")
    }

    // MARK: The queue

    @Test func largeFilesComeBySizeAndSmallOnesByNumber() async throws {
        let job = try await world.job(store)
        let mebibyte: Int64 = 1 << 20
        let sizes = [10, 3 * mebibyte, 20, 9 * mebibyte, mebibyte, 30, mebibyte - 1]
        let files = sizes.enumerated().map { ScannedFile(path: Array("f\($0)".utf8), size: $1) }
        _ = try await store.addFiles(job.number, files)
        func largest(_ atLeast: Int64, _ limit: Int = 10) async throws -> [Int64] {
            try await store.largestPending(job.number, atLeast: atLeast, limit: limit).map(\.number.rawValue)
        }
        func next(_ after: Int64, _ limit: Int = 10) async throws -> [Int64] {
            try await store.nextPending(job.number, after: FileNumber(after), below: mebibyte, limit: limit)
                .map(\.number.rawValue)
        }
        #expect(try await largest(0) == [4, 2, 5])
        #expect(try await largest(2 * mebibyte, 1) == [4])
        #expect(try await next(0) == [1, 3, 6, 7])
        #expect(try await next(1, 2) == [3, 6])
        for file: Int64 in [4, 3] { try await store.record(world.outcome(job.number, file)) }
        try await store.flush()
        #expect(try await largest(0) == [2, 5])
        #expect(try await next(0) == [1, 6, 7])
    }

    // MARK: Outcomes

    @Test func anOutcomeIsStoredWholeAndCountedOnce() async throws {
        let job = try await world.job(store, files: 3)
        let outcomes = [
            world.outcome(job.number, 1), world.outcome(job.number, 2, .failed), world.outcome(job.number, 3, .skipped),
        ]
        for outcome in outcomes + outcomes { try await store.record(outcome) }
        try await store.record(world.outcome(job.number, 77))
        try await store.flush()
        let files = try await store.files(job.number, limit: 10)
        #expect(files.map(\.state) == [.succeeded, .failed, .skipped])
        #expect(files[0].etag == ETag("e1") && files[0].checksum == Checksum(.crc32c, base64: "yZRlqg=="))
        #expect(files[0].startTime == Timestamp(microseconds: 5) && files[0].endTime == Timestamp(microseconds: 9))
        #expect(files[1].failure == Failure(.accessDenied, "no") && files[2].skipReason == "up_to_date")
        let counters = try #require(try await store.job(job.number)?.counters)
        #expect([counters.filesSucceeded, counters.filesFailed, counters.filesSkipped] == [1, 1, 1])
        #expect(try await store.files(job.number, states: [.failed], limit: 9).map(\.number) == [FileNumber(2)])
        #expect(try await store.files(job.number, states: [.skipped], limit: 9).map(\.number) == [FileNumber(3)])
        let two = try await store.files(job.number, states: [.failed, .succeeded], limit: 9)
        #expect(two.map(\.number) == [FileNumber(1), FileNumber(2)])
        #expect(try await store.files(job.number, states: [.inFlight], limit: 9).isEmpty)
        #expect(try await store.files(job.number, states: [], limit: 9).isEmpty)
        let named = try await store.files(job.number, numbers: [FileNumber(3), FileNumber(9), FileNumber(1)])
        #expect(named.map(\.number) == [FileNumber(3), FileNumber(1)])
        #expect(try await store.file(job.number, FileNumber(2)) == files[1])
    }

    @Test func aFinalStateCarriesEveryRecordThatWentBefore() async throws {
        let job = try await world.job(store, files: 100)
        for file: Int64 in 1...100 { try await store.record(world.outcome(job.number, file)) }
        let ended = try #require(try await store.setState(job.number, to: .succeeded, from: [.queued]))
        #expect(ended.counters.filesSucceeded == 100)
        #expect(try await store.files(job.number, states: [.pending], limit: 1).isEmpty)
    }

    @Test func aHundredThousandFilesArePagedOnceEach() async throws {
        let job = try await world.job(store)
        for start in stride(from: 1, through: 99_001, by: 1_000) {
            _ = try await store.addFiles(job.number, World.files(start...(start + 999)))
        }
        var seen: [Int64] = []
        var after: FileNumber?
        while let last = try await store.files(job.number, after: after, limit: 1_000).map(\.number.rawValue).nonEmpty {
            seen += last
            after = FileNumber(last[last.count - 1])
        }
        #expect(seen == Array(1...100_000))
    }
}

extension Array {
    fileprivate var nonEmpty: Self? { isEmpty ? nil : self }
}
