internal import GRDB
internal import Model

extension WriteBatch {
    // MARK: The scan

    /// Numbers the files and stores them. Returns their numbers; nil when none was new or the job is gone.
    func addFiles(_ job: JobNumber, _ files: [ScannedFile]) throws -> ClosedRange<Int64>? {
        let next = try prepare("SELECT next_file FROM job WHERE number = ? AND state <> 'deleted'")
        next.bind(job.rawValue, at: 1)
        guard let first = try next.first({ $0.integer(0) }) else { return nil }
        var number = first
        var counters = JobCounters()
        let insert = try prepare(
            """
            INSERT INTO file (job, number, path, size, marker, state, skip_reason, failure, end_time, revision, \
            source_etag, source_modified) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """)
        let known =
            try state.rescanning.contains(job) ? prepare("INSERT OR IGNORE INTO rescan (job, path) VALUES (?, ?)") : nil
        insert.bind(job.rawValue, at: 1)
        for file in files {
            if let known {
                known.bind(job.rawValue, at: 1)
                known.bind(file.path, at: 2)
                guard try known.run() == 1 else { continue }
            }
            try store(file, number: number, by: insert)
            counters += Self.counters(of: file)
            number += 1
        }
        guard number > first else { return nil }
        try advance(job, to: number)
        add(counters, to: job)
        return first...(number - 1)
    }

    private func store(_ file: ScannedFile, number: Int64, by insert: PreparedStatement) throws {
        let isPending = StoredState(file.state) == .pending
        insert.bind(number, at: 2)
        insert.bind(file.path, at: 3)
        insert.bind(file.size, at: 4)
        insert.bind(file.isDirectoryMarker ? 1 : 0, at: 5)
        insert.bind(StoredState(file.state).rawValue, at: 6)
        insert.bind(file.skipReason, at: 7)
        insert.bind(try file.failure.map(JSONText.encode), at: 8)
        insert.bind(isPending ? nil : now.microseconds, at: 9)
        insert.bind(isPending ? nil : nextRevision().rawValue, at: 10)
        insert.bind(file.object?.etag.rawValue, at: 11)
        insert.bind(file.object?.lastModified?.microseconds, at: 12)
        try insert.run()
    }

    private func advance(_ job: JobNumber, to number: Int64) throws {
        // The totals move, so `changed` does, though no row of the feed may have.
        _ = nextRevision()
        let statement = try prepare("UPDATE job SET next_file = ? WHERE number = ?")
        statement.bind(number, at: 1)
        statement.bind(job.rawValue, at: 2)
        try statement.run()
    }

    private static func counters(of file: ScannedFile) -> JobCounters {
        var counters = JobCounters()
        counters.filesTotal = 1
        counters.bytesTotal = Int(file.size)
        switch StoredState(file.state) {
        case .pending: break
        case .succeeded:
            counters.filesSucceeded = 1
            counters.bytesSucceeded = Int(file.size)
        case .skipped:
            counters.filesSkipped = 1
            counters.bytesSkipped = Int(file.size)
        case .failed:
            counters.filesFailed = 1
            counters.bytesFailed = Int(file.size)
        }
        return counters
    }

    /// Remembers the paths of up to `limit` files behind `after`. Returns the last, or nil when there are no more.
    func rememberPaths(_ job: JobNumber, after: Int64, limit: Int) throws -> Int64? {
        let last = try prepare(
            "SELECT max(number) FROM (SELECT number FROM file WHERE job = ? AND number > ? ORDER BY number LIMIT ?)")
        last.bind(job.rawValue, at: 1)
        last.bind(after, at: 2)
        last.bind(Int64(limit), at: 3)
        guard let end = try last.first({ $0.optionalInteger(0) }) ?? nil else { return nil }
        let statement = try prepare(
            """
            INSERT OR IGNORE INTO rescan (job, path) \
            SELECT job, path FROM file WHERE job = ? AND number > ? AND number <= ?
            """
        )
        statement.bind(job.rawValue, at: 1)
        statement.bind(after, at: 2)
        statement.bind(end, at: 3)
        try statement.run()
        return end
    }

    func finishScan(_ job: JobNumber) throws {
        _ = nextRevision()
        add(JobCounters(), to: job)
        let statement = try prepare("UPDATE job SET scan_complete = 1 WHERE number = ?")
        statement.bind(job.rawValue, at: 1)
        try statement.run()
        noteScanned(job)
        if state.rescanning.remove(job) != nil { followUp(.forgetPaths(job)) }
    }

    // MARK: Outcomes

    /// Only a pending file can end; a second outcome changes nothing, its counters neither.
    func store(_ outcome: FileOutcome) throws {
        let revision = nextRevision()
        let statement = try prepare(
            .finishFile,
            """
            UPDATE file SET state = ?, size = ?, skip_reason = ?, attempts = ?, etag = ?, checksum = ?, failure = ?, \
            start_time = ?, end_time = ?, revision = ? WHERE job = ? AND number = ? AND state = 0
            """)
        statement.bind(StoredState(outcome.state).rawValue, at: 1)
        statement.bind(outcome.size, at: 2)
        statement.bind(outcome.skipReason, at: 3)
        statement.bind(Int64(outcome.attempts), at: 4)
        statement.bind(outcome.etag?.rawValue, at: 5)
        statement.bind(outcome.checksum?.description, at: 6)
        statement.bind(try outcome.failure.map(JSONText.encode), at: 7)
        statement.bind(outcome.startTime.microseconds, at: 8)
        statement.bind(outcome.endTime.microseconds, at: 9)
        statement.bind(revision.rawValue, at: 10)
        statement.bind(outcome.job.rawValue, at: 11)
        statement.bind(outcome.number.rawValue, at: 12)
        guard try statement.run() == 1 else { return }
        add(outcome.counters, to: outcome.job)
        // What the file has left open is nobody's from now on.
        if outcome.state != .succeeded {
            try loseIntentions(of: outcome.job, file: outcome.number, unanswered: false)
        }
    }

    func store(_ outcome: PartOutcome) throws {
        let part = outcome.part
        let statement = try prepare(
            .storePart,
            """
            INSERT INTO part (job, file, number, start, size, state, attempt, etag, checksum, failure, revision) \
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) \
            ON CONFLICT (job, file, number) DO UPDATE SET start = excluded.start, size = excluded.size, \
            state = excluded.state, attempt = excluded.attempt, etag = excluded.etag, checksum = excluded.checksum, \
            failure = excluded.failure, revision = excluded.revision
            """)
        statement.bind(outcome.job.rawValue, at: 1)
        statement.bind(part.file.rawValue, at: 2)
        statement.bind(Int64(part.number.rawValue), at: 3)
        statement.bind(part.range.offset, at: 4)
        statement.bind(part.range.count, at: 5)
        statement.bind(StoredState(part.state).rawValue, at: 6)
        statement.bind(Int64(part.attempt), at: 7)
        statement.bind(part.etag?.rawValue, at: 8)
        statement.bind(part.checksum?.description, at: 9)
        statement.bind(try part.failure.map(JSONText.encode), at: 10)
        statement.bind(nextRevision().rawValue, at: 11)
        try statement.run()
        add(outcome.counters, to: outcome.job)
    }

    /// Parts that turned out not to be there. What was counted for them stays counted, see `countedBytes`.
    func dropParts(_ numbers: [PartNumber], of file: FileNumber, _ job: JobNumber) throws {
        let counted = try prepare(
            """
            UPDATE file SET counted_bytes = max(counted_bytes, \
            (SELECT coalesce(sum(size), 0) FROM part WHERE job = ?1 AND file = ?2 AND part.state = 1)) \
            WHERE job = ?1 AND number = ?2
            """)
        counted.bind(job.rawValue, at: 1)
        counted.bind(file.rawValue, at: 2)
        try counted.run()
        let statement = try prepare("DELETE FROM part WHERE job = ? AND file = ? AND number = ? AND state = 1")
        var counters = JobCounters()
        for number in numbers {
            statement.bind(job.rawValue, at: 1)
            statement.bind(file.rawValue, at: 2)
            statement.bind(Int64(number.rawValue), at: 3)
            counters.partsSucceeded -= try statement.run()
        }
        _ = nextRevision()
        add(counters, to: job)
    }

    func restartFile(_ job: JobNumber, _ file: FileNumber) throws {
        add(try partsToDrop(job, file), to: job)
        let statement = try prepare(
            """
            UPDATE file SET upload_id = NULL, part_size = NULL, identity = NULL, counted_bytes = max(counted_bytes, \
            (SELECT coalesce(sum(size), 0) FROM part WHERE job = ?1 AND file = ?2 AND part.state = 1)) \
            WHERE job = ?1 AND number = ?2
            """)
        statement.bind(job.rawValue, at: 1)
        statement.bind(file.rawValue, at: 2)
        try statement.run()
        let parts = try prepare("DELETE FROM part WHERE job = ? AND file = ?")
        parts.bind(job.rawValue, at: 1)
        parts.bind(file.rawValue, at: 2)
        try parts.run()
        note(job)
    }

    /// What the job's totals lose with a file's upload, as negative counts.
    private func partsToDrop(_ job: JobNumber, _ file: FileNumber) throws -> JobCounters {
        let statement = try prepare(
            """
            SELECT max(1, ((identity ->> '$.size') + part_size - 1) / part_size), (SELECT count(*) FROM part \
            WHERE part.job = file.job AND part.file = file.number AND part.state = 1) \
            FROM file WHERE job = ? AND number = ? AND part_size IS NOT NULL
            """)
        statement.bind(job.rawValue, at: 1)
        statement.bind(file.rawValue, at: 2)
        var counters = JobCounters()
        if let (planned, succeeded) = try statement.first({ ($0.integer(0), $0.integer(1)) }) {
            counters.partsTotal = -Int(planned)
            counters.partsSucceeded = -Int(succeeded)
        }
        return counters
    }
}
