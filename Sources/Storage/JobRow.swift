internal import GRDB
internal import Model

/// How a row of `job`, with its spec, becomes a `Job`. A deleted job has no spec any more and becomes a tombstone.
enum JobRow {
    case job(Job)
    case deleted(JobNumber, id: JobID, revision: Revision)

    /// Columns for `decode`, from `source`.
    static let columns = """
        job.number, job.id, job.state, job.attempt, job.state_reason, job.error, \(countersColumns), \
        job.scan_complete, job.revision, job.changed, \
        job.create_time, job.start_time, job.update_time, job.end_time, coalesce(spec.patched, spec.submitted), \
        job.tenant, job.traceparent, job.fraction_reached
        """
    private static let countersColumns = """
        job.files_total, job.files_succeeded, job.files_failed, job.files_skipped, \
        job.bytes_total, job.bytes_succeeded, job.bytes_failed, job.bytes_skipped, job.bytes_reused, job.bytes_resent, \
        job.parts_total, job.parts_succeeded
        """
    static let source = "job LEFT JOIN spec ON spec.job = job.number"
    static let deletedState = "deleted"
    private static let rowByNumber = "SELECT \(columns) FROM \(source) WHERE job.number = ?"
    private static let standingByNumber = """
        SELECT state, scan_complete, kind, webhook, \(countersColumns), tenant FROM job \
        WHERE number = ? AND state <> 'deleted'
        """

    init(_ row: PreparedStatement) throws {
        let number = JobNumber(row.integer(0))
        guard let id = JobID(row.text(1)) else { throw Self.unreadable("id", number) }
        let revision = Revision(row.integer(19))
        if row.text(2) == Self.deletedState {
            self = .deleted(number, id: id, revision: revision)
            return
        }
        guard let state = JobState(rawValue: row.text(2)) else { throw Self.unreadable("state", number) }
        guard let specText = row.optionalText(25) else { throw Self.unreadable("spec", number) }
        self = .job(
            Job(
                number: number, id: id, tenant: try Self.tenant(row, 26), spec: try SpecText.decode(specText),
                state: state, attempt: Int(row.integer(3)), stateReason: row.optionalText(4),
                error: try row.optionalText(5).map { try JSONText.decode(Failure.self, from: $0) },
                counters: Self.counters(row, from: 6), fractionReached: row.real(28),
                scanComplete: row.integer(18) != 0, revision: revision,
                changed: Revision(row.integer(20)), createTime: Timestamp(microseconds: row.integer(21)),
                startTime: row.optionalInteger(22).map(Timestamp.init(microseconds:)),
                updateTime: Timestamp(microseconds: row.integer(23)),
                endTime: row.optionalInteger(24).map(Timestamp.init(microseconds:)),
                traceParent: row.optionalText(27).flatMap(TraceParent.init)))
    }

    /// Nil for a tombstone.
    var job: Job? { if case .job(let job) = self { job } else { nil } }

    static func job(_ database: Database, number: JobNumber) throws -> Job? {
        try row(database, number).first(JobRow.init)?.job
    }

    static func row(_ database: Database, _ number: JobNumber) throws -> PreparedStatement {
        let statement = try PreparedStatement(database, rowByNumber)
        statement.bind(number.rawValue, at: 1)
        return statement
    }

    /// What the end of a job depends on. Its spec is left alone, which costs more to read than all the rest.
    static func standing(
        _ database: Database, of number: JobNumber
    ) throws -> JobStanding? {
        let statement = try PreparedStatement(database, standingByNumber)
        statement.bind(number.rawValue, at: 1)
        return try statement.first { row in
            guard let state = JobState(rawValue: row.text(0)) else { throw unreadable("state", number) }
            guard let kind = JobSpec.Kind(rawValue: row.text(2)) else { throw unreadable("kind", number) }
            return JobStanding(
                state: state, kind: kind, tenant: try tenant(row, 16), counters: counters(row, from: 4),
                scanComplete: row.integer(1) != 0, hasWebhook: row.integer(3) != 0)
        }
    }

    /// Whether decoding the spec takes but a moment: one may hold a million paths.
    static func isSmall(_ row: PreparedStatement) -> Bool { row.size(25) <= 64 << 10 }

    static func row(_ database: Database, _ id: JobID, _ reach: Reach) throws -> PreparedStatement {
        let condition = reach.only == nil ? "" : "AND job.tenant = ?2"
        let statement = try PreparedStatement(
            database,
            """
            SELECT \(columns) FROM \(source) WHERE job.id = ?1 AND job.state <> 'deleted' \(condition) \
            ORDER BY job.tenant <> ?2, job.number LIMIT 1
            """)
        statement.bind(id.rawValue, at: 1)
        statement.bind(reach.own.rawValue, at: 2)
        return statement
    }

    static func job(_ database: Database, idempotencyKey: String, of tenant: TenantName) throws -> Job? {
        let statement = try PreparedStatement(
            database, "SELECT \(columns) FROM \(source) WHERE job.idempotency_key = ?")
        statement.bind(storedKey(idempotencyKey, of: tenant), at: 1)
        return try statement.first(JobRow.init)?.job
    }

    /// What `idempotency_key` holds.
    static func storedKey(_ key: String, of tenant: TenantName) -> String { "\(tenant)\u{1F}\(key)" }

    static func tenant(_ row: PreparedStatement, _ column: Int32) throws -> TenantName {
        let text = row.text(column)
        // Nearly every row's, where there are no tenants.
        if text == TenantName.default.rawValue { return .default }
        guard let tenant = TenantName(text) else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "\(text) is no tenant's name")
        }
        return tenant
    }

    /// Every tenant that has a job, by some looks into an index.
    static func tenants(_ database: Database) throws -> [TenantName] {
        let statement = try PreparedStatement(
            database,
            """
            WITH RECURSIVE found(name) AS ( \
              SELECT min(tenant) FROM job UNION ALL \
              SELECT (SELECT min(tenant) FROM job WHERE tenant > name) FROM found WHERE name IS NOT NULL) \
            SELECT name FROM found WHERE name IS NOT NULL
            """)
        return try statement.all { try tenant($0, 0) }
    }

    private static func counters(_ row: PreparedStatement, from first: Int32) -> JobCounters {
        var counters = JobCounters()
        counters.filesTotal = Int(row.integer(first))
        counters.filesSucceeded = Int(row.integer(first + 1))
        counters.filesFailed = Int(row.integer(first + 2))
        counters.filesSkipped = Int(row.integer(first + 3))
        counters.bytesTotal = Int(row.integer(first + 4))
        counters.bytesSucceeded = Int(row.integer(first + 5))
        counters.bytesFailed = Int(row.integer(first + 6))
        counters.bytesSkipped = Int(row.integer(first + 7))
        counters.bytesReused = Int(row.integer(first + 8))
        counters.bytesResent = Int(row.integer(first + 9))
        counters.partsTotal = Int(row.integer(first + 10))
        counters.partsSucceeded = Int(row.integer(first + 11))
        return counters
    }

    private static func unreadable(_ column: String, _ job: JobNumber) -> DatabaseError {
        DatabaseError(resultCode: .SQLITE_CORRUPT, message: "job \(job.rawValue) has an unreadable \(column)")
    }
}
