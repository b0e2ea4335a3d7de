internal import GRDB
internal import Model

extension WriteBatch {
    // MARK: Intentions

    func intend(_ job: JobNumber, file: FileNumber, store: StoreName, location: ObjectLocation) throws -> Intention {
        let statement = try prepare(
            "INSERT INTO intention (job, file, store, bucket, key, create_time) VALUES (?, ?, ?, ?, ?, ?)")
        statement.bind(job.rawValue, at: 1)
        statement.bind(file.rawValue, at: 2)
        statement.bind(store.rawValue, at: 3)
        statement.bind(location.bucket, at: 4)
        statement.bind(location.key, at: 5)
        statement.bind(now.microseconds, at: 6)
        try statement.run()
        state.intentions += 1
        return Intention(
            id: database.lastInsertedRowID, job: job, file: file, store: store, location: location, createTime: now,
            uploadID: nil)
    }

    func recordUpload(
        _ intention: Intention, upload: MultipartUpload, size: Int64, counters: JobCounters, mayHaveMore: Bool
    ) throws {
        if mayHaveMore { try suspectAnother(of: intention) }
        let ledger = try prepare("UPDATE intention SET upload_id = ? WHERE id = ?")
        ledger.bind(upload.uploadID.rawValue, at: 1)
        ledger.bind(intention.id, at: 2)
        try ledger.run()
        try recordTransfer(upload, of: intention.file, intention.job, size: size, counters: counters)
    }

    /// What a file moves by, from now on: an upload at the store, or a temporary file.
    func recordTransfer(
        _ transfer: MultipartUpload, of number: FileNumber, _ job: JobNumber, size: Int64, counters: JobCounters
    ) throws {
        let file = try prepare(
            "UPDATE file SET upload_id = ?, part_size = ?, identity = ?, size = ? WHERE job = ? AND number = ?")
        file.bind(transfer.uploadID.rawValue, at: 1)
        file.bind(transfer.partSize, at: 2)
        file.bind(try JSONText.encode(transfer.identity), at: 3)
        file.bind(size, at: 4)
        file.bind(job.rawValue, at: 5)
        file.bind(number.rawValue, at: 6)
        try file.run()
        _ = nextRevision()
        add(counters, to: job)
    }

    // MARK: Removal

    /// Removes up to `sweepRows` parts, then files, of a deleted job.
    func sweep(_ job: JobNumber) throws {
        let parts = try removeSome(
            """
            DELETE FROM part WHERE job = ?1 AND (file, number) IN \
            (SELECT file, number FROM part WHERE job = ?1 LIMIT ?2)
            """,
            job)
        guard parts < Self.sweepRows else { return followUp(.sweep(job)) }
        let files = try removeSome(
            "DELETE FROM file WHERE job = ?1 AND number IN (SELECT number FROM file WHERE job = ?1 LIMIT ?2)", job)
        guard files < Self.sweepRows else { return followUp(.sweep(job)) }
        try forgetPaths(job)
    }

    func forgetPaths(_ job: JobNumber) throws {
        let paths = try removeSome(
            "DELETE FROM rescan WHERE job = ?1 AND path IN (SELECT path FROM rescan WHERE job = ?1 LIMIT ?2)", job)
        if paths == Self.sweepRows { followUp(.forgetPaths(job)) }
    }

    private func removeSome(_ sql: String, _ job: JobNumber) throws -> Int {
        let statement = try prepare(sql)
        statement.bind(job.rawValue, at: 1)
        statement.bind(Int64(Self.sweepRows), at: 2)
        return try statement.run()
    }

    /// Jobs that ended before `time`, oldest first.
    func ended(before time: Timestamp, limit: Int) throws -> [JobNumber] {
        // A job stays until its webhook was told, or can't be.
        let isTold =
            state.pendingDeliveries > 0
            ? "AND NOT EXISTS (SELECT 1 FROM delivery WHERE delivery.job = job.number AND due IS NOT NULL)" : ""
        let statement = try prepare(
            """
            SELECT number FROM job WHERE end_time < ? AND end_time IS NOT NULL AND state <> 'deleted' \(isTold) \
            ORDER BY end_time LIMIT ?
            """)
        statement.bind(time.microseconds, at: 1)
        statement.bind(Int64(limit), at: 2)
        return try statement.all { JobNumber($0.integer(0)) }
    }

    /// Tombstones of jobs that were deleted before `time` and of which nothing is left.
    func dropTombstones(before time: Timestamp, limit: Int) throws {
        let statement = try prepare(
            """
            DELETE FROM job WHERE number IN (SELECT number FROM job WHERE end_time < ?1 AND end_time IS NOT NULL \
            AND state = 'deleted' AND NOT EXISTS (SELECT 1 FROM file WHERE file.job = job.number) \
            AND NOT EXISTS (SELECT 1 FROM rescan WHERE rescan.job = job.number) LIMIT ?2)
            """)
        statement.bind(time.microseconds, at: 1)
        statement.bind(Int64(limit), at: 2)
        try statement.run()
    }
}
