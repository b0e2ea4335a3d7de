import Foundation
import GRDB
import Testing

@testable import Model
@testable import Storage

/// What a start finds: another service, a crash, damage, a newer schema, a directory that is not ours.
@Suite(.timeLimit(.minutes(2)))
struct OpeningTests {
    private let world: World

    init() throws { world = try World() }

    // MARK: Crashes

    @Test func whatWasAcknowledgedSurvivesAKilledProcess() async throws {
        let directory = world.state
        await #expect(processExitsWith: .signal(SIGKILL)) { [directory = directory as String] in
            let store = try JobStore(
                directory: directory, now: { Timestamp(microseconds: 7) }, onCommit: { _ in })
            var spec = JobSpec()
            spec.bucket = "b"
            let submission = Submission(
                id: JobID("a")!, spec: spec, idempotencyKey: "k", createTime: Timestamp(microseconds: 1))
            guard case .created(let job, _) = try await store.submit(submission, maximumQueued: 9) else { return }
            _ = try await store.addFiles(job.number, World.files(1...100))
            let intention = try await store.intend(
                job.number, file: FileNumber(1), store: .default, location: ObjectLocation(bucket: "b", key: [1]))
            var counters = JobCounters()
            counters.filesSucceeded = 1
            for file: Int64 in 2...50 {
                try await store.record(
                    FileOutcome(
                        job: job.number, number: FileNumber(file), state: .succeeded, size: 10, attempts: 1,
                        startTime: Timestamp(microseconds: 1), endTime: Timestamp(microseconds: 2), counters: counters))
            }
            try await store.flush()
            _ = intention
            kill(getpid(), SIGKILL)
        }
        let store = try world.open()
        let job = try #require(try await store.job(JobID("a")!))
        #expect(job.counters.filesSucceeded == 49 && job.counters.filesTotal == 100)
        #expect(try await store.files(job.number, states: [.pending], limit: 100).count == 51)
        #expect(try await store.openIntentions(nil).count == 1)
        #expect(try await store.addFiles(job.number, World.files(101...101)) == 101...101)
    }

    @Test func revisionsJumpPastAnythingThatWasShown() async throws {
        let store = try world.open()
        var shown = Revision.zero
        var crashes = [store]
        for round in 1...3 {
            let job = try await world.job(crashes[crashes.count - 1], "j\(round)", files: 10)
            #expect(job.revision > shown)
            shown = crashes[crashes.count - 1].watermark
            // The log's end may be lost with the power, what was durable may not: here all of it is copied.
            let next = world.directory + "/crash\(round)"
            try copy(crashes.count == 1 ? world.state : world.directory + "/crash\(round - 1)", to: next)
            crashes.append(try world.open(next))
            #expect(crashes[round].watermark >= shown)
            let read = try await crashes[round].changes(after: .zero, filter: ChangeFilter(), limit: 100)
            #expect(read.changes.count == round)
        }
    }

    @Test func theCeilingIsDurableBeforeARevisionIsShown() async throws {
        let store = try world.open()
        let job = try await world.job(store, files: 10)
        let before = store.statistics.durableCommits
        // More revisions than are left below the ceiling.
        let many = Int(WriterState.block)
        let ceiling = try await ceiling(store)
        _ = try await store.writer.perform("test", durable: false, revisions: many) {
            $0.state.revision += Int64(many) - 20
        }
        #expect(store.statistics.durableCommits == before + 1)
        #expect(try await self.ceiling(store) > ceiling)
        #expect(try await self.ceiling(store) >= store.watermark.rawValue)
        for file: Int64 in 1...10 { try await store.record(world.outcome(job.number, file)) }
        try await store.flush()
        #expect(store.statistics.durableCommits == before + 1)
    }

    private func ceiling(_ store: JobStore) async throws -> Int64 {
        try await store.read("ceiling") { try Int64.fetchOne($0, sql: "SELECT value FROM meta") ?? -1 }
    }

    // MARK: Refusals

    @Test func aSecondServiceIsLockedOut() async throws {
        let store = try world.open()
        #expect(code { try world.open() } == .locked)
        await store.close()
        _ = try world.open()
    }

    @Test func aDirectoryThatCanNotBeWrittenIsNamed() throws {
        // Root may write anywhere but where the kernel says no.
        let path = geteuid() == 0 ? "/sys/longshore" : world.directory + "/closed/state"
        if geteuid() != 0 {
            try FileManager.default.createDirectory(
                atPath: world.directory + "/closed", withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o555])
        }
        let found = code { try world.open(path) }
        #expect(found == .readOnly)
    }

    @Test(arguments: [0, 100, 4_096, 8_192])
    func aDamagedDatabaseIsNamed(at offset: Int) async throws {
        let store = try world.open()
        _ = try await world.job(store, files: 2_000)
        await store.close()
        let handle = try #require(FileHandle(forUpdatingAtPath: world.state + "/longshore.sqlite"))
        try handle.seek(toOffset: UInt64(offset))
        try handle.write(contentsOf: Data(repeating: 0xA5, count: 3_000))
        try handle.close()
        do {
            _ = try world.open()
            throw Unexpected("it was opened")
        } catch let error as StorageError {
            #expect(error.code == .damaged && error.message.contains(".recover"), "\(error)")
        }
    }

    @Test(arguments: [false, true])
    func aDatabaseThatIsEmptyIsNoNewOne(butForItsLog: Bool) async throws {
        let store = try world.open()
        _ = try await world.job(store, files: 20)
        let path = world.state + "/longshore.sqlite"
        if butForItsLog {
            let other = world.directory + "/other"
            try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: true)
            try FileManager.default.copyItem(atPath: path + "-wal", toPath: other + "/longshore.sqlite-wal")
            #expect(code { try world.open(other) } == .damaged)
        } else {
            await store.close()
            try Data().write(to: URL(filePath: path))
            #expect(code { try world.open() } == .damaged)
            // What the advice says: to start anew the file is moved away.
            try FileManager.default.removeItem(atPath: path)
            #expect(try await world.open().job(JobID("job")!) == nil)
        }
    }

    @Test func aNewerSchemaIsNotTouched() async throws {
        let store = try world.open()
        await store.close()
        let queue = try DatabaseQueue(path: world.state + "/longshore.sqlite")
        try await queue.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('from the future')") }
        try queue.close()
        #expect(code { try world.open() } == .newerSchema)
    }

    private func code(_ body: () throws -> JobStore) -> StorageError.Code? {
        do {
            _ = try body()
            return nil
        } catch { return (error as? StorageError)?.code }
    }

    private func copy(_ from: String, to: String) throws {
        try FileManager.default.createDirectory(atPath: to, withIntermediateDirectories: true)
        for name in ["longshore.sqlite", "longshore.sqlite-wal"] {
            try FileManager.default.copyItem(atPath: "\(from)/\(name)", toPath: "\(to)/\(name)")
        }
    }
}
