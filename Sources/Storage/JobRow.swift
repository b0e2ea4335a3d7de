internal import GRDB
internal import Model

/// How a row of `job`, with its spec, becomes a `Job`. A deleted job has no spec any more and becomes a tombstone.
enum JobRow {
    case job(Job)
    case deleted(id: JobID, revision: Revision)

    /// Columns for `decode`, from `source`.
    static let columns = """
        job.number, job.id, job.state, job.attempt, job.state_reason, job.error, \
        job.files_total, job.files_succeeded, job.files_failed, job.files_skipped, \
        job.bytes_total, job.bytes_succeeded, job.bytes_failed, job.bytes_skipped, job.bytes_reused, job.bytes_resent, \
        job.parts_total, job.parts_succeeded, job.scan_complete, job.revision, job.changed, \
        job.create_time, job.start_time, job.update_time, job.end_time, coalesce(spec.patched, spec.submitted)
        """
    static let source = "job LEFT JOIN spec ON spec.job = job.number"
    static let deletedState = "deleted"

    init(_ row: PreparedStatement) throws {
        guard let id = JobID(row.text(1)) else { throw Self.unreadable("id", row) }
        let revision = Revision(row.integer(19))
        if row.text(2) == Self.deletedState {
            self = .deleted(id: id, revision: revision)
            return
        }
        guard let state = JobState(rawValue: row.text(2)) else { throw Self.unreadable("state", row) }
        guard let specText = row.optionalText(25) else { throw Self.unreadable("spec", row) }
        self = .job(
            Job(
                number: JobNumber(row.integer(0)), id: id, spec: try SpecText.decode(specText),
                state: state, attempt: Int(row.integer(3)), stateReason: row.optionalText(4),
                error: try row.optionalText(5).map { try JSONText.decode(Failure.self, from: $0) },
                counters: Self.counters(row), scanComplete: row.integer(18) != 0, revision: revision,
                changed: Revision(row.integer(20)), createTime: Timestamp(microseconds: row.integer(21)),
                startTime: row.optionalInteger(22).map(Timestamp.init(microseconds:)),
                updateTime: Timestamp(microseconds: row.integer(23)),
                endTime: row.optionalInteger(24).map(Timestamp.init(microseconds:))))
    }

    /// Nil for a tombstone.
    var job: Job? { if case .job(let job) = self { job } else { nil } }

    static func job(_ database: Database, number: JobNumber) throws -> Job? {
        let statement = try PreparedStatement(database, "SELECT \(columns) FROM \(source) WHERE job.number = ?")
        statement.bind(number.rawValue, at: 1)
        return try statement.first(JobRow.init)?.job
    }

    static func job(_ database: Database, id: JobID) throws -> Job? {
        let statement = try PreparedStatement(
            database, "SELECT \(columns) FROM \(source) WHERE job.id = ? AND job.state <> 'deleted'")
        statement.bind(id.rawValue, at: 1)
        return try statement.first(JobRow.init)?.job
    }

    static func job(_ database: Database, idempotencyKey: String) throws -> Job? {
        let statement = try PreparedStatement(
            database, "SELECT \(columns) FROM \(source) WHERE job.idempotency_key = ?")
        statement.bind(idempotencyKey, at: 1)
        return try statement.first(JobRow.init)?.job
    }

    private static func counters(_ row: PreparedStatement) -> JobCounters {
        var counters = JobCounters()
        counters.filesTotal = Int(row.integer(6))
        counters.filesSucceeded = Int(row.integer(7))
        counters.filesFailed = Int(row.integer(8))
        counters.filesSkipped = Int(row.integer(9))
        counters.bytesTotal = Int(row.integer(10))
        counters.bytesSucceeded = Int(row.integer(11))
        counters.bytesFailed = Int(row.integer(12))
        counters.bytesSkipped = Int(row.integer(13))
        counters.bytesReused = Int(row.integer(14))
        counters.bytesResent = Int(row.integer(15))
        counters.partsTotal = Int(row.integer(16))
        counters.partsSucceeded = Int(row.integer(17))
        return counters
    }

    private static func unreadable(_ column: String, _ row: PreparedStatement) -> DatabaseError {
        DatabaseError(resultCode: .SQLITE_CORRUPT, message: "job \(row.integer(0)) has an unreadable \(column)")
    }
}
