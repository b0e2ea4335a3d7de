internal import GRDB
internal import Model

/// Intentions with which nobody goes on.
extension WriteBatch {
    func closeIntention(_ intention: Intention) throws {
        let statement = try prepare("DELETE FROM intention WHERE id = ? RETURNING report IS NOT NULL")
        statement.bind(intention.id, at: 1)
        guard let wasReported = try statement.first({ $0.integer(0) != 0 }) else { return }
        state.intentions -= 1
        if wasReported { state.reports -= 1 }
        touch(intention.job)
    }

    func hasIntentions(_ job: JobNumber) throws -> Bool {
        guard state.intentions > 0 else { return false }
        let statement = try prepare("SELECT 1 FROM intention WHERE job = ? LIMIT 1")
        statement.bind(job.rawValue, at: 1)
        return try statement.first { _ in true } ?? false
    }

    /// Of one file, or of the whole job; with `unanswered` only those whose upload id is not known.
    func loseIntentions(of job: JobNumber, file: FileNumber?, unanswered: Bool) throws {
        guard state.intentions > 0 else { return }
        let statement = try prepare(
            """
            UPDATE intention SET lost_time = ?1 WHERE job = ?2 AND lost_time IS NULL AND report IS NULL \
            AND (?3 IS NULL OR file = ?3) AND (?4 = 0 OR upload_id IS NULL)
            """)
        statement.bind(now.microseconds, at: 1)
        statement.bind(job.rawValue, at: 2)
        statement.bind(file?.rawValue, at: 3)
        statement.bind(unanswered ? 1 : 0, at: 4)
        if try statement.run() > 0 { touch(job) }
    }

    /// A second upload of the same file may exist: one of which only the reply to a repetition is known.
    func suspectAnother(of intention: Intention) throws {
        let statement = try prepare(
            """
            INSERT INTO intention (job, file, store, bucket, key, create_time, lost_time) \
            SELECT job, file, store, bucket, key, create_time, ?1 FROM intention WHERE id = ?2
            """)
        statement.bind(now.microseconds, at: 1)
        statement.bind(intention.id, at: 2)
        if try statement.run() > 0 { state.intentions += 1 }
    }

    func adopt(_ upload: UploadID, by intention: Intention) throws {
        let statement = try prepare("UPDATE intention SET upload_id = ? WHERE id = ? AND upload_id IS NULL")
        statement.bind(upload.rawValue, at: 1)
        statement.bind(intention.id, at: 2)
        if try statement.run() > 0 { touch(intention.job) }
    }

    /// With `suspects` each of them becomes a row of its own, and the intention goes on being looked for; without, the
    /// intention itself is left to a person.
    func report(_ intention: Intention, suspects: [UploadID], reason: String) throws {
        for suspect in suspects {
            let statement = try prepare(
                """
                INSERT INTO intention (job, file, store, bucket, key, create_time, upload_id, lost_time, report) \
                SELECT job, file, store, bucket, key, create_time, ?1, ?2, ?3 FROM intention WHERE id = ?4 \
                AND NOT EXISTS (SELECT 1 FROM intention AS known WHERE known.bucket = intention.bucket \
                AND known.key = intention.key AND known.store = intention.store AND known.upload_id = ?1)
                """)
            statement.bind(suspect.rawValue, at: 1)
            statement.bind(now.microseconds, at: 2)
            statement.bind(reason, at: 3)
            statement.bind(intention.id, at: 4)
            let added = try statement.run()
            state.intentions += added
            state.reports += added
        }
        if suspects.isEmpty {
            let statement = try prepare("UPDATE intention SET report = ? WHERE id = ? AND report IS NULL")
            statement.bind(reason, at: 1)
            statement.bind(intention.id, at: 2)
            state.reports += try statement.run()
        }
        let job = try prepare("SELECT 1 FROM job WHERE number = ? AND state <> 'deleted'")
        job.bind(intention.job.rawValue, at: 1)
        // It was deleted while the store was asked.
        if try job.first({ _ in true }) == nil { try dropReports(of: intention.job) }
        touch(intention.job)
    }

    /// What was left to a person goes with its job: nobody could see it any more.
    func dropReports(of job: JobNumber) throws {
        let statement = try prepare("DELETE FROM intention WHERE job = ? AND report IS NOT NULL")
        statement.bind(job.rawValue, at: 1)
        let dropped = try statement.run()
        state.intentions -= dropped
        state.reports -= dropped
    }

    /// Pending files whose uploads are about to be aborted start anew.
    func restartFilesOfLostUploads(_ job: JobNumber) throws {
        let statement = try prepare(
            """
            SELECT file.number FROM intention JOIN file ON file.job = intention.job AND file.number = intention.file \
            WHERE intention.job = ? AND intention.lost_time IS NOT NULL AND file.upload_id = intention.upload_id
            """)
        statement.bind(job.rawValue, at: 1)
        for file in try statement.all({ FileNumber($0.integer(0)) }) { try restartFile(job, file) }
    }

    /// The job's row looks different from now on, though no row of the feed has changed.
    private func touch(_ job: JobNumber) {
        _ = nextRevision()
        add(JobCounters(), to: job)
    }
}
