import Checksums
import Glibc
import Model
import Synchronization
import Testing

@testable import Files

struct ReaderPoolTests {
    private static let everyKind: ChecksumKinds = [.crc32c, .crc32, .sha256, .md5]

    private static func digests(_ bytes: [UInt8], _ kinds: ChecksumKinds) -> Digests {
        var hasher = Checksums.Hasher(kinds)
        hasher.update(bytes)
        return hasher.finalize()
    }

    @Test(arguments: [0, 1, 4096, 256 << 10, (256 << 10) + 1, 1_000_003])
    func loadsAFileWholeWithItsChecksums(_ size: Int) async throws {
        let tree = TestTree()
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        tree.file("root/file", bytes)
        let source = try tree.source()
        let pool = try ReaderPool()
        for kinds in [[], ChecksumKinds.crc32c, Self.everyKind, Self.everyKind] {
            let file = try await pool.load(
                Array("file".utf8), in: source, limitInBytes: 1 << 20, checksums: kinds)
            #expect(file.bytes == bytes)
            #expect(file.digests == Self.digests(bytes, kinds))
            #expect(file.identity.size == Int64(size))
            #expect(file.identity == (try source.open(Array("file".utf8), .handle, .skip).status().identity))
        }
        await pool.stop()
    }

    @Test(arguments: PathResolution.allCases)
    func loadTellsWhatIsWrong(_ resolution: PathResolution) async throws {
        let tree = TestTree()
        tree.directories("root/directory")
        tree.file("root/file", [1, 2, 3])
        tree.fifo("root/fifo")
        tree.socket("root/socket")
        tree.link("root/link", to: "file")
        tree.link("root/out", to: "/etc/passwd")
        let source = try tree.source("root", resolution)
        let pool = try ReaderPool(threads: 1)
        let rows: [(String, JobSpec.Symlinks, FileErrorCode?)] = [
            ("file", .skip, nil), ("link", .follow, nil), ("nothing", .skip, .vanished), ("file/x", .skip, .vanished),
            ("no/thing", .skip, .vanished), ("directory", .skip, .notRegular), ("fifo", .skip, .notRegular),
            ("fifo", .follow, .notRegular), ("socket", .skip, .notRegular), ("link", .skip, .notRegular),
            ("out", .skip, .notRegular), ("out", .follow, .notAllowed), ("../root/file", .skip, .notAllowed),
            ("../root/file", .follow, .notAllowed), ("/etc/passwd", .skip, .notAllowed),
            (String(repeating: "n", count: 256), .skip, .nameTooLong),
        ]
        for (path, symlinks, code) in rows {
            let found = await fileError {
                _ = try await pool.load(
                    Array(path.utf8), in: source, symlinks: symlinks, limitInBytes: 3, checksums: .crc32c)
            }
            #expect(found == code, "\(path) \(symlinks)")
        }
        #expect(await fileError { _ = try await pool.open(Array("fifo".utf8), in: source) } == .notRegular)
        tree.append("root/file", [4])
        let grown = await fileError {
            _ = try await pool.load(Array("file".utf8), in: source, limitInBytes: 3, checksums: .crc32c)
        }
        #expect(grown == .tooLarge)
        await pool.stop()
    }

    /// Each change in each of the two gaps: between open and read, between read and verify.
    @Test(arguments: ["grow", "truncate", "rewrite", "rewrite and put the time back", "replace"], [true, false])
    func aChangeDuringAReadIsSeen(_ change: String, _ isBeforeRead: Bool) throws {
        let tree = TestTree()
        tree.file("root/file", [1, 2, 3, 4])
        tree.setModified("root/file", 1_000_000_000_000_000_000)
        let source = try tree.source()
        let reader = try FileReader(Array("file".utf8), in: source, symlinks: .skip)
        try reader.verify()
        if isBeforeRead { Self.apply(change, tree, reader.identity, source) }
        let code = fileError {
            let bytes = try reader.readAll(limitInBytes: 100)
            #expect(bytes.count == 4)
            if !isBeforeRead { Self.apply(change, tree, reader.identity, source) }
            try reader.verify()
        }
        // A file that was replaced is still the one that was opened; only its link count tells, by the ctime.
        #expect(code == .changed)
    }

    private static func apply(
        _ change: String, _ tree: TestTree, _ identity: FileIdentity, _ source: Files.SourceLocation
    ) {
        switch change {
        case "grow": tree.append("root/file", [5])
        case "truncate": tree.truncate("root/file", 2)
        case "rewrite": tree.overwrite("root/file", [9, 9, 9, 9])
        case "replace":
            tree.file("root/new", [9, 9, 9, 9])
            tree.move("root/new", to: "root/file")
        default:
            // Until the clock that stamps files has moved on: ctime cannot be put back.
            var now: FileIdentity?
            repeat {
                tree.overwrite("root/file", [9, 9, 9, 9])
                tree.setModified("root/file", identity.modified)
                now = try? source.open(Array("file".utf8), .handle, .skip).status().identity
            } while now == identity
        }
    }

    @Test func digestsRangesOfALargeFile() async throws {
        let tree = TestTree()
        let bytes = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) }
        tree.file("root/file", bytes)
        let pool = try ReaderPool(threads: 2)
        let file = try await pool.open(Array("file".utf8), in: tree.source())
        file.willReadInOrder()
        for (offset, count) in [(0, 1_000_000), (0, 0), (1, 262_144), (262_143, 600_000), (999_999, 1), (1_000_000, 0)]
        {
            let range = ByteRange(offset: Int64(offset), count: Int64(count))
            file.willRead(range)
            let found = try await pool.digest(range, of: file, Self.everyKind)
            #expect(found == Self.digests(Array(bytes[offset..<(offset + count)]), Self.everyKind))
            file.isDone(with: range)
        }
        try await pool.verify(file)
        #expect(try file.currentIdentity() == file.identity)
        await pool.stop()
    }

    @Test(arguments: ["grow", "truncate", "rewrite", "rewrite and put the time back"])
    func aChangeBetweenOpenAndDigestIsSeen(_ change: String) async throws {
        let tree = TestTree()
        tree.file("root/file", [1, 2, 3, 4])
        tree.setModified("root/file", 1_000_000_000_000_000_000)
        let source = try tree.source()
        let pool = try ReaderPool(threads: 1)
        let file = try await pool.open(Array("file".utf8), in: source)
        let range = ByteRange(offset: 0, count: 4)
        let before = try await pool.digest(range, of: file, .crc32c)
        Self.apply(change, tree, file.identity, source)
        #expect(await fileError { _ = try await pool.digest(range, of: file, .crc32c) } == .changed)
        #expect(await fileError { try await pool.verify(file) } == .changed)
        #expect(try file.currentIdentity() != file.identity)
        #expect(before == Self.digests([1, 2, 3, 4], .crc32c))
        await pool.stop()
    }

    @Test func aRangeBeyondTheEndIsAChange() async throws {
        let tree = TestTree()
        tree.file("root/file", [1, 2, 3, 4])
        let pool = try ReaderPool(threads: 1)
        let file = try await pool.open(Array("file".utf8), in: tree.source())
        let range = ByteRange(offset: 2, count: 3)
        #expect(await fileError { _ = try await pool.digest(range, of: file, .crc32c) } == .changed)
        await pool.stop()
    }

    @Test func walksOnAReaderThread() async throws {
        let tree = TestTree()
        for number in 0..<50 { tree.file("root/\(number)") }
        let pool = try ReaderPool(threads: 2)
        let walker = TreeWalker(try tree.source())
        var count = 0
        while let batch = try await walker.next(maximum: 8, on: pool) { count += batch.count }
        #expect(count == 50)
        await pool.stop()
    }

    @Test func runsAsManyJobsAtOnceAsItHasThreads() async throws {
        let pool = try ReaderPool(threads: 3)
        let gate = Gate()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<3 { group.addTask { try await pool.run { _ in gate.enter() } } }
            try await gate.whenEntered(3)
            gate.open()
            try await group.waitForAll()
        }
        await pool.stop()
    }

    @Test func aCancelEndsAWaitingCallAtOnce() async throws {
        let pool = try ReaderPool(threads: 1)
        let gate = Gate()
        let blocker = Task { try await pool.run { _ in gate.enter() } }
        try await gate.whenEntered(1)
        let ran = Atomic<Bool>(false)
        let waiting = Task { () -> FileErrorCode? in
            await fileError { try await pool.run { _ in ran.store(true, ordering: .relaxed) } }
        }
        waiting.cancel()
        #expect(await waiting.value == .cancelled)
        gate.open()
        try await blocker.value
        try await pool.run { _ in }
        let hasRun = ran.load(ordering: .relaxed)
        #expect(!hasRun)
        await pool.stop()
    }

    @Test func aCancelBeforeTheCallIsSeen() async throws {
        let pool = try ReaderPool(threads: 1)
        let task = Task { () -> FileErrorCode? in
            unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
            return await fileError { try await pool.run { _ in } }
        }
        #expect(await task.value == .cancelled)
        await pool.stop()
    }

    @Test func aCancelEndsADigestAtItsNextBuffer() async throws {
        let tree = TestTree()
        tree.file("root/file", [])
        tree.truncate("root/file", 1 << 40)
        let pool = try ReaderPool(threads: 1)
        let file = try await pool.open(Array("file".utf8), in: tree.source())
        let task = Task { () -> FileErrorCode? in
            await fileError { _ = try await pool.digest(ByteRange(offset: 0, count: 1 << 40), of: file, .crc32c) }
        }
        task.cancel()
        #expect(await task.value == .cancelled)
        // The thread is free again, long before a tebibyte was read.
        try await pool.run { _ in }
        await pool.stop()
    }

    @Test func stopRefusesWhatWaitsAndEndsWhatRuns() async throws {
        let pool = try ReaderPool(threads: 1)
        let gate = Gate()
        let running = Task { try await pool.run { _ in gate.enter() } }
        try await gate.whenEntered(1)
        let waiting = Task { await fileError { try await pool.run { _ in } } }
        let stopping = Task { await pool.stop() }
        #expect(await waiting.value == .stopped)
        gate.open()
        try await running.value
        await stopping.value
        #expect(await fileError { try await pool.run { _ in } } == .stopped)
        await pool.stop()
    }

    @Test func aPoolThatJustGoesStopsItsThreads() async {
        await #expect(processExitsWith: .success) {
            let before = threadCount()
            for _ in 0..<20 {
                let pool = try ReaderPool(threads: 8)
                try await pool.run { _ in }
            }
            // They end by themselves; nothing tells when. The exit test's time is the bound.
            while threadCount() > before + 8 { sched_yield() }
        }
    }

    @Test func leavesNoDescriptorOpen() async {
        await #expect(processExitsWith: .success) {
            let tree = TestTree()
            tree.file("root/file", [1, 2, 3])
            tree.fifo("root/fifo")
            let source = try tree.source()
            let pool = try ReaderPool(threads: 2)
            try await pool.run { _ in }
            let before = openDescriptors()
            for _ in 0..<100 {
                for path in ["file", "fifo", "nothing"] {
                    _ = try? await pool.load(Array(path.utf8), in: source, limitInBytes: 9, checksums: .crc32c)
                    _ = try? await pool.open(Array(path.utf8), in: source)
                }
            }
            precondition(openDescriptors() < before + 50, "\(before) became \(openDescriptors())")
            await pool.stop()
        }
    }

    /// A FIFO takes a file's place after it was listed: nobody writes to it, and the read ends all the same.
    @Test func aFIFOThatTookAFilesPlaceBlocksNothing() async throws {
        let tree = TestTree()
        tree.file("root/file", [1])
        let source = try tree.source()
        let entries = try TreeWalkerTests.walk(source)
        #expect(entries.count == 1)
        tree.remove("root/file")
        tree.fifo("root/file")
        let pool = try ReaderPool(threads: 1)
        for entry in entries {
            let code = await fileError {
                _ = try await pool.load(entry.path, in: source, limitInBytes: 10, checksums: .crc32c)
            }
            #expect(code == .notRegular)
        }
        await pool.stop()
    }

    @Test func anUnreadableFileIsSaidToBe() async {
        await #expect(processExitsWith: .success) {
            let tree = TestTree()
            tree.mode("", 0o755)
            tree.file("root/file", [1])
            tree.mode("root/file", 0o600)
            let source = try tree.source()
            let code = fileError {
                try asNobody { _ = try FileReader(Array("file".utf8), in: source, symlinks: .skip) }
            }
            precondition(code == .unreadable, "\(String(describing: code))")
        }
    }
}

/// Threads of this process.
private func threadCount() -> Int {
    guard let directory = unsafe opendir("/proc/self/task") else { return -1 }
    defer { unsafe closedir(directory) }
    var count = 0
    while unsafe readdir(directory) != nil { count += 1 }
    return count - 2
}
