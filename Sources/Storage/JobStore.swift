internal import Dispatch
internal import Foundation
internal import GRDB
package import Model
internal import Synchronization

/// The database of jobs, files and parts: the queue, the journal of the feed, and the ledger of multipart uploads.
///
/// One writer commits for all (see `Writer`); up to four readers read snapshots and never wait for it, and one more
/// connection looks single jobs up on the caller's own thread. Every function may be called from any task. A write goes
/// through even if its task is cancelled: cancellation never leaves a caller unsure about what is stored.
package final class JobStore: Sendable {
    /// In bytes: from this size on `largestPending` knows files by size.
    package static let largeFile: Int64 = Schema.largeFile

    /// Up to this size in bytes the whole database is checked at the start, which takes well under a second: its pages
    /// and rows, and up to the smaller one its indexes too.
    private static let checkedSize = 64 << 20
    private static let whollyCheckedSize = 16 << 20
    private static let readers = 4

    /// How a message to a webhook shows a job: one JSON value, of the job and the first of its failed files.
    package typealias Description = @Sendable (Job, [FileTransfer]) -> [UInt8]

    /// Where the database is; others may keep what belongs to this service beside it.
    package let directory: String
    let pool: DatabasePool
    private let lookups: DatabaseQueue
    let writer: Writer
    let path: String
    private let lock: DirectoryLock
    private let isClosed = Mutex(false)

    /// Opens or creates `directory` and the database in it. Blocks on the disk.
    ///
    /// `onCommit` is called after each commit that changed a job or wrote to the outbox, on the writer's thread: it must be
    /// quick, as `describe`, which is called inside a transaction. Throws `locked`, `damaged`, `newerSchema`, `readOnly`, `full` or `io`.
    package init(
        directory: String, now: @escaping @Sendable () -> Timestamp,
        describe: @escaping Description = { job, _ in Array("\"\(job.id)\"".utf8) },
        onCommit: @escaping @Sendable (Commit) -> Void
    ) throws(StorageError) {
        lock = try DirectoryLock(directory: directory)
        self.directory = directory
        path = "\(directory)/longshore.sqlite"
        do {
            let known = Self.size(of: path) ?? 0
            try Self.checkForLoss(path: path, wasMade: lock.knowsDatabase)
            pool = try DatabasePool(path: path, configuration: Self.configuration())
            if known > 0, known <= Self.checkedSize {
                try Self.check(
                    pool, path: path, by: known <= Self.whollyCheckedSize ? "integrity_check" : "quick_check")
            }
            try Self.migrate(pool, path: path)
            if !lock.knowsDatabase { lock.rememberDatabase() }
            lookups = try DatabaseQueue(path: path, configuration: Self.configuration(readonly: true))
            let opened = now()
            let state = try pool.writeWithoutTransaction { try Self.startingState($0, now: opened) }
            writer = Writer(
                pool: pool, path: path, state: state, now: now, describe: describe, onCommit: onCommit)
            if state.talliedUpTo < .max { writer.queue(.tally) }
            for job in try pool.writeWithoutTransaction({ try Self.unsweptJobs($0) }) { writer.queue(.sweep(job)) }
        } catch {
            throw Self.openingError(error, path: path)
        }
    }

    /// Commits what is queued, then closes; what the disk refuses at that moment is lost, as by a crash. Calls after
    /// it throw `closed`.
    package func close() async {
        await writer.close()
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                self.closePool()
                continuation.resume()
            }
        }
        lock.release()
    }

    /// Waits for readers and for the disk. The log is folded in first, because GRDB closes the readers last, and a
    /// connection that may not write leaves the log as it is.
    private func closePool() {
        isClosed.withLock { isClosed in
            guard !isClosed else { return }
            isClosed = true
            try? lookups.close()
            try? pool.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
            try? pool.close()
        }
    }

    /// Every stored change up to this revision can be read.
    package var watermark: Revision { writer.watermark }

    /// False while the disk refuses transactions; true again after the first that it takes.
    package var isWritable: Bool { writer.isWritable }

    /// Why the disk refuses transactions; nil while it takes them.
    package var refusal: StorageError? { writer.refusal }

    package var statistics: StorageStatistics { writer.statistics }

    /// Runs `body` on a snapshot, on a reader's queue. A cancelled task still gets its rows.
    func read<Value: Sendable>(
        _ operation: String, _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StorageError) -> Value {
        let path = path
        let result: Result<Value, StorageError> = await withCheckedContinuation { continuation in
            pool.asyncRead { opened in
                let value = Result { try body(try opened.get()) }
                continuation.resume(
                    returning: value.mapError { StorageError($0, operation: operation, path: path) })
            }
        }
        return try result.get()
    }

    /// Runs one statement that finds its row by an index, at once and on this thread: some tens of microseconds, where a
    /// reader's queue and the way back cost several times that. Whoever comes meanwhile waits as long.
    func look<Value>(_ operation: String, _ body: (Database) throws -> Value) throws(StorageError) -> Value {
        do {
            return try lookups.unsafeRead(body)
        } catch {
            throw StorageError(error, operation: operation, path: path)
        }
    }

    // MARK: Opening

    private static func configuration(readonly: Bool = false) -> Configuration {
        var configuration = Configuration()
        configuration.readonly = readonly
        configuration.label = "longshore"
        configuration.maximumReaderCount = readers
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { database in
            // Negative: in KiB. The service lives in 96 MiB, all connections together.
            try database.execute(sql: "PRAGMA temp_store = MEMORY")
            if database.configuration.readonly {
                try database.execute(sql: "PRAGMA cache_size = -1024")
            } else {
                try database.execute(sql: "PRAGMA cache_size = -3072")
                try database.execute(sql: "PRAGMA wal_autocheckpoint = \(WriteAheadLog.pagesPerCheckpoint)")
                try database.execute(sql: "PRAGMA journal_size_limit = \(WriteAheadLog.limitInBytes)")
            }
        }
        return configuration
    }

    /// SQLite takes an empty file for a new database, and one that is missing too: nobody would hear that jobs were lost.
    private static func checkForLoss(path: String, wasMade: Bool) throws {
        let size = size(of: path)
        let isEmptied = size == 0 && wasMade
        let isCutOff = (size ?? 0) == 0 && (Self.size(of: path + "-wal") ?? 0) > 0
        guard isEmptied || isCutOff else { return }
        throw StorageError(
            .damaged, operation: "open",
            message: StorageError.advice(path: path, cause: isCutOff ? "only its -wal file is left" : "it is empty"))
    }

    private static func size(of path: String) -> Int? {
        try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
    }

    private static func check(_ pool: DatabasePool, path: String, by pragma: String) throws {
        let answer = try pool.writeWithoutTransaction { try String.fetchOne($0, sql: "PRAGMA \(pragma)(1)") }
        guard answer == "ok" else {
            throw StorageError(
                .damaged, operation: "open",
                message: StorageError.advice(path: path, cause: answer ?? "no answer from \(pragma)"))
        }
    }

    private static func migrate(_ pool: DatabasePool, path: String) throws {
        let migrator = Schema.migrator
        guard try !pool.read({ try migrator.hasBeenSuperseded($0) }) else {
            throw StorageError(
                .newerSchema, operation: "open",
                message: "\(path) was written by a newer Longshore: run that one, or choose another directory")
        }
        try migrator.migrate(pool)
    }

    private static func startingState(_ database: Database, now: Timestamp) throws -> WriterState {
        let ceiling = try Int64.fetchOne(database, sql: "SELECT value FROM meta WHERE name = 'ceiling'") ?? 0
        let counted = try PreparedStatement(
            database, "SELECT tenant, count(*) FROM job WHERE state = 'queued' GROUP BY tenant")
        let queued = try counted.all { (try JobRow.tenant($0, 0), Int($0.integer(1))) }
        try database.execute(sql: "DELETE FROM rescan")
        try loseUnowned(database, now: now)
        var state = WriterState(
            revision: ceiling, ceiling: ceiling, queued: Dictionary(uniqueKeysWithValues: queued))
        _ = try WriteBatch.tally(database, into: &state)
        state.intentions = try Int.fetchOne(database, sql: "SELECT count(*) FROM intention") ?? 0
        state.pendingDeliveries =
            try Int.fetchOne(database, sql: "SELECT count(*) FROM delivery WHERE due IS NOT NULL") ?? 0
        state.reports = try Int.fetchOne(database, sql: "SELECT count(report) FROM intention") ?? 0
        return state
    }

    /// Deleted jobs of which rows are left.
    static func unsweptJobs(_ database: Database) throws -> [JobNumber] {
        let numbers = try Int64.fetchAll(
            database,
            sql: """
                SELECT number FROM job WHERE state = 'deleted' AND EXISTS (SELECT 1 FROM file WHERE job = job.number)
                """)
        return numbers.map(JobNumber.init)
    }

    private static func openingError(_ error: any Error, path: String) -> StorageError {
        if let database = error as? DatabaseError, database.resultCode == .SQLITE_CANTOPEN {
            return StorageError(.readOnly, operation: "open", message: "\(path) can't be opened for writing")
        }
        return StorageError(error, operation: "open", path: path)
    }
}
