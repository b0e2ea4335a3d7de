internal import GRDB
internal import Model

/// One transaction of the writer: its methods are what an operation does to the tables. Lives inside the database
/// closure of one transaction, on the writer's queue.
final class WriteBatch {
    /// How many rows of a deleted job go in one transaction.
    static let sweepRows = 2_000

    let database: Database
    let now: Timestamp
    /// A copy: it counts once the transaction was committed.
    var state: WriterState
    private(set) var changedJobs: Set<JobNumber> = []
    private(set) var jobEvents: Set<JobNumber> = []
    /// Whether there is something new to send to webhooks.
    var hasDeliveries = false
    /// How a message shows its job.
    let describe: JobStore.Description
    /// Work that this transaction found to be left over.
    private(set) var followUps: [WriteOperation] = []

    /// What the records of this transaction add to their jobs: one update for each job, not for each record.
    private var totals: [JobNumber: JobCounters] = [:]
    /// Whose scan ends with this transaction.
    private var scanned: Set<JobNumber> = []
    private var statements: [Text: PreparedStatement] = [:]

    /// The statements that run once for each row.
    enum Text: Hashable { case finishFile, storePart, addTotals }

    init(database: Database, now: Timestamp, state: WriterState, describe: @escaping JobStore.Description) {
        self.database = database
        self.now = now
        self.state = state
        self.describe = describe
    }

    func prepare(_ sql: String) throws -> PreparedStatement { try PreparedStatement(database, sql) }

    /// The statement for `text`, looked up once for each transaction.
    func prepare(_ text: Text, _ sql: @autoclosure () -> String) throws -> PreparedStatement {
        if let known = statements[text] { return known }
        let statement = try prepare(sql())
        statements[text] = statement
        return statement
    }

    /// Does one operation. Returns what tells the waiter, if there is one, after the commit.
    func run(_ operation: WriteOperation) throws -> (@Sendable () -> Void)? {
        switch operation {
        case .file(let outcome): try store(outcome)
        case .part(let outcome): try store(outcome)
        case .closeIntention(let intention): try closeIntention(intention)
        case .restartFile(let job, let file): try restartFile(job, file)
        case .sweep(let job): try sweep(job)
        case .forgetPaths(let job): try forgetPaths(job)
        case .tally: try tallyMore()
        case .waited(let waited): return try waited.run(self)
        }
        return nil
    }

    // MARK: Revisions

    func nextRevision() -> Revision {
        precondition(state.revision < state.ceiling, "revision \(state.revision) was not reserved")
        state.revision += 1
        return Revision(state.revision)
    }

    /// Raises the ceiling, in this transaction, which must be durable.
    func reserve(_ revisions: Int) throws {
        state.ceiling += max(WriterState.block, Int64(revisions))
        let statement = try prepare("UPDATE meta SET value = ? WHERE name = 'ceiling'")
        statement.bind(state.ceiling, at: 1)
        try statement.run()
    }

    /// Writes a row that is there anyhow: to see whether the disk takes it, or to have the log synced.
    func probe() throws { try prepare("UPDATE meta SET value = value WHERE name = 'ceiling'").run() }

    func note(_ job: JobNumber) { changedJobs.insert(job) }

    func noteEvent(_ job: JobNumber) {
        changedJobs.insert(job)
        jobEvents.insert(job)
    }

    func noteScanned(_ job: JobNumber) { scanned.insert(job) }

    func followUp(_ operation: WriteOperation) { followUps.append(operation) }

    // MARK: Totals

    func add(_ counters: JobCounters, to job: JobNumber) {
        totals[job, default: JobCounters()] += counters
        changedJobs.insert(job)
    }

    /// Before a job's row is read or written, and at the end.
    func storeTotals(of job: JobNumber) throws {
        guard let counters = totals.removeValue(forKey: job) else { return }
        let statement = try prepare(
            .addTotals,
            """
            UPDATE job SET files_total = files_total + ?1, files_succeeded = files_succeeded + ?2, \
            files_failed = files_failed + ?3, files_skipped = files_skipped + ?4, bytes_total = bytes_total + ?5, \
            bytes_succeeded = bytes_succeeded + ?6, bytes_failed = bytes_failed + ?7, \
            bytes_skipped = bytes_skipped + ?8, bytes_reused = bytes_reused + ?9, bytes_resent = bytes_resent + ?10, \
            parts_total = parts_total + ?11, parts_succeeded = parts_succeeded + ?12, \
            fraction_reached = CASE WHEN ?16 AND scan_complete THEN max(fraction_reached, \
            CAST(bytes_succeeded + bytes_skipped + files_succeeded + files_skipped AS REAL) \
            / max(1, bytes_total + files_total)) ELSE fraction_reached END, \
            changed = ?13, update_time = ?14 WHERE number = ?15 AND state <> 'deleted'
            """)
        let values = [
            counters.filesTotal, counters.filesSucceeded, counters.filesFailed, counters.filesSkipped,
            counters.bytesTotal, counters.bytesSucceeded, counters.bytesFailed, counters.bytesSkipped,
            counters.bytesReused, counters.bytesResent, counters.partsTotal, counters.partsSucceeded,
        ]
        for (index, value) in values.enumerated() { statement.bind(Int64(value), at: Int32(index + 1)) }
        // Every revision of its rows in this transaction is at or below the last one given.
        statement.bind(state.revision, at: 13)
        statement.bind(now.microseconds, at: 14)
        statement.bind(job.rawValue, at: 15)
        // Only then can the fraction fall; one that nobody has seen, since the scan ends with this commit, need not stay.
        let mayFall = counters.bytesTotal != 0 || counters.bytesSucceeded < 0
        statement.bind(mayFall && !scanned.contains(job) ? 1 : 0, at: 16)
        try statement.run()
    }

    /// After a rollback to a savepoint: what was rolled back adds nothing.
    func forgetTotals() { totals = [:] }

    func storeTotals() throws {
        for job in totals.keys.sorted() { try storeTotals(of: job) }
    }
}
