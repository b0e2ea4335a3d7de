package import Model

extension JobStore {
    // MARK: Durable: they return once the disk has it

    package func submit(
        _ submission: Submission, maximumQueued: Int
    ) async throws(StorageError) -> SubmissionOutcome {
        let text = try specText(submission.spec, operation: "submit")
        return try await writer.perform("submit", durable: true) { batch in
            try batch.submit(submission, text: text, maximumQueued: maximumQueued)
        }
    }

    /// The job in its new state; nil when it was in none of `from`, or is gone. `reason` and `error` replace the
    /// stored ones. The first `running` sets its start, a final state its end.
    package func setState(
        _ job: JobNumber, to state: JobState, from: Set<JobState>, reason: String? = nil, error: Failure? = nil
    ) async throws(StorageError) -> Job? {
        try await writer.perform("setState", durable: true) { batch in
            try batch.setState(job, to: state, from: from, reason: reason, error: error)
        }
    }

    /// The end of a job that was `running` or `pausing` and of which nothing runs: its state follows from its counters, with
    /// all that was recorded before, and from `failure`.
    ///
    /// - Parameter settled: whether the caller has flushed and looked after the job's open uploads, so that it ends for all
    ///   that is left of them. Else it is `unsettled` where there is anything to see to.
    package func end(
        _ job: JobNumber, with failure: Failure?, settled: Bool
    ) async throws(StorageError) -> JobEnd {
        try await writer.perform("end", durable: true) { try $0.end(job, with: failure, settled: settled) }
    }

    /// Queues an ended job again: what failed becomes pending and loses its parts, what was counted for it leaves the
    /// counters. Nil when the job has not ended, has succeeded, or is gone.
    package func startAttempt(_ job: JobNumber) async throws(StorageError) -> Job? {
        try await writer.perform("startAttempt", durable: true) { try $0.startAttempt(job) }
    }

    /// Nil when the job is gone, or has ended and more than its labels would change.
    package func patch(_ job: JobNumber, _ patch: JobPatch) async throws(StorageError) -> Job? {
        try await writer.perform("patch", durable: true) { try $0.patch(job, patch) }
    }

    /// Deletes a job that has ended. At once it is gone for all but the feed; its rows go in small transactions that
    /// follow. Open intentions stay: they are uploads that may exist. False when it has not ended or is gone already.
    package func delete(_ job: JobNumber) async throws(StorageError) -> Bool {
        try await writer.perform("delete", durable: true) { try $0.delete(job) }
    }

    /// Before CreateMultipartUpload: what could be left behind at the store from now on.
    package func intend(
        _ job: JobNumber, file: FileNumber, store: StoreName, location: ObjectLocation
    ) async throws(StorageError) -> Intention {
        try await writer.perform("intend", durable: true) { batch in
            try batch.intend(job, file: file, store: store, location: location)
        }
    }

    /// Before any part is sent. `size` is what the job's total holds for the file; the upload's own is its identity's.
    ///
    /// - Parameter mayHaveMore: CreateMultipartUpload was sent more than once: an earlier one may have been carried out,
    ///   too, and is looked for.
    package func recordUpload(
        _ intention: Intention, upload: MultipartUpload, size: Int64, counters: JobCounters, mayHaveMore: Bool = false
    ) async throws(StorageError) {
        try await writer.perform("recordUpload", durable: true) { batch in
            try batch.recordUpload(
                intention, upload: upload, size: size, counters: counters, mayHaveMore: mayHaveMore)
        }
    }

    /// Everything that was recorded before is on the disk. SQLite syncs its log only for a commit that writes, hence a
    /// row.
    package func settle() async throws(StorageError) {
        try await writer.perform("settle", durable: true, revisions: 0) { try $0.probe() }
    }

    /// Before the first range of a large object is fetched: its identity, the plan, and as the upload's id what its
    /// temporary file is called.
    package func recordDownload(
        _ download: MultipartUpload, of file: FileNumber, _ job: JobNumber, size: Int64, counters: JobCounters
    ) async throws(StorageError) {
        try await writer.perform("recordDownload", durable: true) { batch in
            try batch.recordTransfer(download, of: file, job, size: size, counters: counters)
        }
    }

    // MARK: Batched: they return once it is queued, and wait while too much is

    /// A file that is not pending, or gone, stays as it is, and so do the counters: an end is counted once.
    package func record(_ outcome: FileOutcome) async throws(StorageError) { try await writer.record(.file(outcome)) }

    package func record(_ outcome: PartOutcome) async throws(StorageError) { try await writer.record(.part(outcome)) }

    /// The upload was completed, or is known to be gone.
    package func closeIntention(_ intention: Intention) async throws(StorageError) {
        try await writer.record(.closeIntention(intention))
    }

    /// Drops the file's parts and its upload; the bytes that were counted for it are kept, see `countedBytes`.
    package func restartFile(_ job: JobNumber, file: FileNumber) async throws(StorageError) {
        try await writer.record(.restartFile(job, file))
    }

    // MARK: Batched, but they return once it is committed and can be read

    /// The job runs: in its new state, nil when it was neither `queued` nor `running`, or is gone. After a power loss it may be
    /// queued again, and begins anew.
    package func begin(_ job: JobNumber) async throws(StorageError) -> Job? {
        try await writer.perform("begin", durable: false) { batch in
            try batch.setState(job, to: .running, from: [.queued, .running], reason: nil, error: nil)
        }
    }

    /// Stores what a scan found in one transaction. Returns the files' numbers; nil when nothing was new.
    ///
    /// - Parameter isLast: the scan is over with them, as by `finishScan`.
    package func addFiles(
        _ job: JobNumber, _ files: [ScannedFile], isLast: Bool = false
    ) async throws(StorageError) -> ClosedRange<Int64>? {
        try await writer.perform("addFiles", durable: false, rows: files.count, revisions: files.count + 3) { batch in
            let numbers = try batch.addFiles(job, files)
            if isLast { try batch.finishScan(job) }
            return numbers
        }
    }

    /// From now on until `finishScan`, `addFiles` passes over paths that the job has already.
    ///
    /// The known paths are copied to a table of their own, some at a time, so that the writer serves others between.
    package func beginRescan(_ job: JobNumber) async throws(StorageError) {
        var after: Int64? = 0
        while let behind = after {
            after = try await writer.perform("beginRescan", durable: false, rows: WriteBatch.sweepRows) { batch in
                try batch.rememberPaths(job, after: behind, limit: WriteBatch.sweepRows)
            }
        }
        try await writer.perform("beginRescan", durable: false) { batch in _ = batch.state.rescanning.insert(job) }
    }

    package func finishScan(_ job: JobNumber) async throws(StorageError) {
        try await writer.perform("finishScan", durable: false) { try $0.finishScan(job) }
    }

    /// Drops succeeded parts that turned out not to be there; the bytes that were counted for them are kept.
    package func dropParts(
        _ numbers: [PartNumber], of file: FileNumber, _ job: JobNumber
    ) async throws(StorageError) {
        try await writer.perform("dropParts", durable: false, rows: numbers.count) { batch in
            try batch.dropParts(numbers, of: file, job)
        }
    }

    /// Returns once everything that was queued before is committed. Throws when a record could not be stored.
    package func flush() async throws(StorageError) {
        let fault = try await writer.perform("flush", durable: false) { batch in
            defer { batch.state.fault = nil }
            return batch.state.fault
        }
        if let fault { throw fault }
    }

    /// Nothing of the job runs any more: what it has open is nobody's, and is looked for and aborted.
    ///
    /// - Parameter unanswered: only uploads whose creation was not answered; a later run goes on with the others.
    package func loseIntentions(of job: JobNumber, unanswered: Bool) async throws(StorageError) {
        try await writer.perform("loseIntentions", durable: false) { batch in
            try batch.loseIntentions(of: job, file: nil, unanswered: unanswered)
        }
    }

    /// The upload that a lost creation has made was found, and is about to be aborted.
    package func adopt(_ upload: UploadID, by intention: Intention) async throws(StorageError) {
        try await writer.perform("adopt", durable: false) { try $0.adopt(upload, by: intention) }
    }

    /// Leaves to a person: these uploads, each once; without any, the intention as a whole.
    package func report(_ intention: Intention, suspects: [UploadID], reason: String) async throws(StorageError) {
        try await writer.perform("report", durable: false) { batch in
            try batch.report(intention, suspects: suspects, reason: reason)
        }
    }

    // MARK: Retention

    /// Deletes up to `limit` jobs that ended before `time`, and what is left of jobs that were deleted before it.
    /// Returns how many jobs it deleted.
    package func purge(endedBefore time: Timestamp, limit: Int) async throws(StorageError) -> Int {
        try await writer.perform("purge", durable: false, rows: limit, revisions: limit + 2) { batch in
            try batch.dropTombstones(before: time, limit: limit)
            let jobs = try batch.ended(before: time, limit: limit)
            for job in jobs { _ = try batch.delete(job) }
            return jobs.count
        }
    }

    private func specText(_ spec: JobSpec, operation: String) throws(StorageError) -> String {
        do { return try SpecText.encode(spec) } catch {
            throw StorageError(error, operation: operation, path: path)
        }
    }
}
