internal import GRDB
internal import Model

extension WriteBatch {
    // MARK: Submission

    /// `text` is the submission's spec as it is stored.
    func submit(_ submission: Submission, text: String, maximumQueued: Int) throws -> SubmissionOutcome {
        let tenant = submission.tenant
        if let key = submission.idempotencyKey.map({ JobRow.storedKey($0, of: tenant) }),
            let first = try submitted(where: "job.idempotency_key = ?", key)
        {
            return first.spec == submission.spec ? .existing(first.job) : .conflictingKey(first.job)
        }
        if let first = try submitted(
            where: "job.id = ? AND job.tenant = ? AND job.state <> 'deleted'", submission.id.rawValue, tenant.rawValue)
        {
            return first.spec == submission.spec ? .existing(first.job) : .conflictingID(first.job)
        }
        let queuedBefore = state.queued[tenant] ?? 0
        guard queuedBefore < maximumQueued else { return .full }
        let job = try insert(submission)
        let statement = try prepare("INSERT INTO spec (job, submitted) VALUES (?, ?)")
        statement.bind(job.number.rawValue, at: 1)
        statement.bind(text, at: 2)
        try statement.run()
        try addLabels(submission.spec.labels, to: job)
        countQueued(job.tenant, 1)
        noteEvent(job.number)
        return .created(job, queuedBefore: queuedBefore)
    }

    private func insert(_ submission: Submission) throws -> Job {
        let revision = nextRevision()
        let statement = try prepare(
            """
            INSERT INTO job (id, idempotency_key, kind, state, attempt, first, revision, changed, create_time, \
            update_time, tenant, webhook, traceparent) \
            VALUES (?1, ?2, ?3, 'queued', 1, ?4, ?4, ?4, ?5, ?6, ?7, ?8, ?9)
            """)
        statement.bind(submission.id.rawValue, at: 1)
        statement.bind(
            submission.idempotencyKey.map { JobRow.storedKey($0, of: submission.tenant) }, at: 2)
        statement.bind(submission.spec.kind.rawValue, at: 3)
        statement.bind(revision.rawValue, at: 4)
        statement.bind(submission.createTime.microseconds, at: 5)
        statement.bind(now.microseconds, at: 6)
        statement.bind(submission.tenant.rawValue, at: 7)
        statement.bind(submission.spec.webhook == nil ? 0 : 1, at: 8)
        statement.bind(submission.traceParent?.text, at: 9)
        try statement.run()
        let number = JobNumber(database.lastInsertedRowID)
        tally(number, submission.spec.kind, from: nil, to: .queued)
        return Job(
            number: number, id: submission.id, tenant: submission.tenant, spec: submission.spec, state: .queued,
            attempt: 1, revision: revision, createTime: submission.createTime, updateTime: now,
            traceParent: submission.traceParent)
    }

    /// A job as it is now, and the spec that it was submitted with: PATCH must not make a replay look like another job.
    private func submitted(where condition: String, _ values: String...) throws -> (job: Job, spec: JobSpec)? {
        let statement = try prepare(
            "SELECT job.number, spec.submitted FROM job JOIN spec ON spec.job = job.number WHERE \(condition)")
        for (index, value) in values.enumerated() { statement.bind(value, at: Int32(1 + index)) }
        let found = try statement.first { (JobNumber($0.integer(0)), $0.text(1)) }
        guard let (number, text) = found else { return nil }
        try storeTotals(of: number)
        guard let job = try JobRow.job(database, number: number) else { return nil }
        return (job, try SpecText.decode(text))
    }

    private func addLabels(_ labels: [String: String], to job: Job) throws {
        for (name, value) in labels {
            let statement = try prepare("INSERT INTO label (name, value, job, tenant) VALUES (?, ?, ?, ?)")
            statement.bind(name, at: 1)
            statement.bind(value, at: 2)
            statement.bind(job.number.rawValue, at: 3)
            statement.bind(job.tenant.rawValue, at: 4)
            try statement.run()
        }
    }

    private func removeLabels(of job: JobNumber) throws {
        let statement = try prepare("DELETE FROM label WHERE job = ?")
        statement.bind(job.rawValue, at: 1)
        try statement.run()
    }

    // MARK: States

    func setState(
        _ number: JobNumber, to target: JobState, from: Set<JobState>, reason: String?, error: Failure?
    ) throws -> Job? {
        try storeTotals(of: number)
        guard let job = try JobRow.job(database, number: number), from.contains(job.state) else { return nil }
        var moved = job
        moved.revision = try move(
            number, job.spec.kind, of: job.tenant, from: job.state, to: target, reason: reason, error: error,
            hasWebhook: job.spec.webhook != nil)
        moved.changed = moved.revision
        moved.state = target
        moved.stateReason = reason
        moved.error = error
        moved.updateTime = now
        moved.startTime = job.startTime ?? (target == .running ? now : nil)
        moved.endTime = target.isFinal ? now : nil
        return moved
    }

    /// The end of a job of which nothing runs: what was recorded for it stands before this in the queue, so its counters
    /// are complete.
    ///
    /// - Parameter settled: the caller has seen to what would make it `unsettled`.
    func end(_ number: JobNumber, with failure: Failure?, settled: Bool) throws -> JobEnd {
        try storeTotals(of: number)
        guard let standing = try JobRow.standing(database, of: number), [.running, .pausing].contains(standing.state)
        else { return .overtaken }
        if !settled, try state.fault != nil || hasIntentions(number) { return .unsettled }
        let (target, error) = JobState.end(
            of: standing.counters, scanComplete: standing.scanComplete, failure: failure)
        _ = try move(
            number, standing.kind, of: standing.tenant, from: standing.state, to: target, reason: nil, error: error,
            hasWebhook: standing.hasWebhook)
        return .ended(target)
    }

    private func move(
        _ number: JobNumber, _ kind: JobSpec.Kind, of tenant: TenantName, from state: JobState, to target: JobState,
        reason: String?, error: Failure?, hasWebhook: Bool
    ) throws -> Revision {
        // In the same transaction: a run that goes on after a crash must not meet uploads that a sweep aborts.
        if target.isFinal { try loseIntentions(of: number, file: nil, unanswered: false) }
        let revision = nextRevision()
        let statement = try prepare(
            """
            UPDATE job SET state = ?1, state_reason = ?2, error = ?3, revision = ?4, changed = ?4, update_time = ?5, \
            start_time = coalesce(start_time, ?6), end_time = ?7 WHERE number = ?8
            """)
        statement.bind(target.rawValue, at: 1)
        statement.bind(reason, at: 2)
        statement.bind(try error.map(JSONText.encode), at: 3)
        statement.bind(revision.rawValue, at: 4)
        statement.bind(now.microseconds, at: 5)
        statement.bind(target == .running ? now.microseconds : nil, at: 6)
        statement.bind(target.isFinal ? now.microseconds : nil, at: 7)
        statement.bind(number.rawValue, at: 8)
        try statement.run()
        countQueued(tenant, (target == .queued ? 1 : 0) - (state == .queued ? 1 : 0))
        tally(number, kind, from: state, to: target)
        noteEvent(number)
        if hasWebhook, state != target { try tellWebhook(of: number) }
        return revision
    }

    private func countQueued(_ tenant: TenantName, _ change: Int) {
        if change != 0 { state.queued[tenant, default: 0] += change }
    }

    func patch(_ number: JobNumber, _ patch: JobPatch) throws -> Job? {
        try storeTotals(of: number)
        guard let job = try JobRow.job(database, number: number), !(job.state.isFinal && patch.changesTransfer)
        else { return nil }
        let spec = try prepare("UPDATE spec SET patched = ? WHERE job = ?")
        spec.bind(try SpecText.encode(patch.applied(to: job.spec)), at: 1)
        spec.bind(number.rawValue, at: 2)
        try spec.run()
        if let labels = patch.labels {
            try removeLabels(of: number)
            try addLabels(labels, to: job)
        }
        let statement = try prepare("UPDATE job SET revision = ?1, changed = ?1, update_time = ?2 WHERE number = ?3")
        statement.bind(nextRevision().rawValue, at: 1)
        statement.bind(now.microseconds, at: 2)
        statement.bind(number.rawValue, at: 3)
        try statement.run()
        noteEvent(number)
        return try JobRow.job(database, number: number)
    }

    // MARK: The next attempt

    /// What failed is pending again. Bytes and parts that were counted for it leave the counters.
    func startAttempt(_ number: JobNumber) throws -> Job? {
        try storeTotals(of: number)
        guard let job = try JobRow.job(database, number: number), job.state.isFinal, job.state != .succeeded
        else { return nil }
        try restartFilesOfLostUploads(number)
        try storeTotals(of: number)
        let dropped = try countedOfFailedFiles(number)
        try dropPartsOfFailedFiles(number)
        let files = try prepare(
            """
            UPDATE file INDEXED BY file_failed SET state = 0, attempts = 0, etag = NULL, checksum = NULL, \
            failure = NULL, upload_id = NULL, part_size = NULL, identity = NULL, counted_bytes = 0, \
            start_time = NULL, end_time = NULL, revision = NULL \
            WHERE job = ? AND state = 3
            """)
        files.bind(number.rawValue, at: 1)
        try files.run()
        let statement = try prepare(
            """
            UPDATE job SET state = 'queued', attempt = attempt + 1, state_reason = NULL, error = NULL, \
            end_time = NULL, files_failed = 0, fraction_reached = 0, \
            bytes_failed = 0, bytes_succeeded = max(0, bytes_succeeded - ?1), \
            parts_total = max(0, parts_total - ?2), parts_succeeded = max(0, parts_succeeded - ?3), \
            revision = ?4, changed = ?4, update_time = ?5 WHERE number = ?6
            """)
        statement.bind(dropped.bytes, at: 1)
        statement.bind(dropped.planned, at: 2)
        statement.bind(dropped.succeeded, at: 3)
        statement.bind(nextRevision().rawValue, at: 4)
        statement.bind(now.microseconds, at: 5)
        statement.bind(number.rawValue, at: 6)
        try statement.run()
        countQueued(job.tenant, 1)
        tally(number, job.spec.kind, from: job.state, to: .queued)
        noteEvent(number)
        return try JobRow.job(database, number: number)
    }

    private func countedOfFailedFiles(
        _ job: JobNumber
    ) throws -> (bytes: Int64, planned: Int64, succeeded: Int64) {
        let statement = try prepare(
            """
            SELECT sum(min(size, max(counted, counted_bytes))), sum(planned), sum(succeeded) FROM ( \
              SELECT size, counted_bytes, \
                CASE WHEN part_size IS NULL THEN 0 \
                ELSE max(1, ((identity ->> '$.size') + part_size - 1) / part_size) END AS planned, \
                (SELECT coalesce(sum(part.size), 0) FROM part \
                 WHERE part.job = file.job AND part.file = file.number AND part.state = 1) AS counted, \
                (SELECT count(*) FROM part \
                 WHERE part.job = file.job AND part.file = file.number AND part.state = 1) AS succeeded \
              FROM file INDEXED BY file_failed WHERE job = ? AND state = 3)
            """)
        statement.bind(job.rawValue, at: 1)
        return try statement.first { ($0.integer(0), $0.integer(1), $0.integer(2)) } ?? (0, 0, 0)
    }

    private func dropPartsOfFailedFiles(_ job: JobNumber) throws {
        let statement = try prepare(
            """
            DELETE FROM part WHERE job = ?1 AND file IN \
            (SELECT number FROM file INDEXED BY file_failed WHERE job = ?1 AND state = 3)
            """)
        statement.bind(job.rawValue, at: 1)
        try statement.run()
    }

    // MARK: Deletion

    /// The row stays, for the feed; its files and parts go in the transactions that follow.
    func delete(_ number: JobNumber) throws -> Bool {
        try storeTotals(of: number)
        guard let job = try JobRow.job(database, number: number), job.state.isFinal else { return false }
        try loseIntentions(of: number, file: nil, unanswered: false)
        try dropReports(of: number)
        try removeLabels(of: number)
        if job.spec.webhook != nil { try dropDeliveries(of: number) }
        let spec = try prepare("DELETE FROM spec WHERE job = ?")
        spec.bind(number.rawValue, at: 1)
        try spec.run()
        let statement = try prepare(
            """
            UPDATE job SET state = 'deleted', idempotency_key = NULL, state_reason = NULL, error = NULL, \
            revision = ?1, changed = ?1, update_time = ?2, end_time = ?2 WHERE number = ?3
            """)
        statement.bind(nextRevision().rawValue, at: 1)
        statement.bind(now.microseconds, at: 2)
        statement.bind(number.rawValue, at: 3)
        try statement.run()
        followUp(.sweep(number))
        tally(number, job.spec.kind, from: job.state, to: nil)
        noteEvent(number)
        return true
    }
}
