internal import GRDB
internal import Model

/// Messages to webhooks are written in the transaction that changes their job's state: neither can be without the other.
extension WriteBatch {
    /// What a message tells beside its event: nothing that is longer.
    private static let failedFiles = 10

    /// The job has just come to be in its state.
    func tellWebhook(of number: JobNumber) throws {
        guard let job = try JobRow.job(database, number: number), let webhook = job.spec.webhook,
            let url = WebhookURL(webhook.url)
        else { return }
        let events = WebhookEvent.allCases.filter { webhook.events.contains($0.rawValue) && $0.isEntering(job.state) }
        guard !events.isEmpty else { return }
        let data = describe(job, try failedFiles(of: job))
        let isDisabled = try isWebhookDisabled(of: number)
        for event in events {
            try insert(event, of: number, webhook.url, url.origin, data: data, isDisabled: isDisabled)
        }
    }

    private func failedFiles(of job: Job) throws -> [FileTransfer] {
        guard job.counters.filesFailed > 0 else { return [] }
        let statement = try prepare(
            """
            SELECT \(FileRow.columns) FROM file INDEXED BY file_failed WHERE job = ? AND state = 3 \
            ORDER BY number LIMIT \(Self.failedFiles)
            """)
        statement.bind(job.number.rawValue, at: 1)
        return try statement.all(FileRow.decode)
    }

    private func isWebhookDisabled(of job: JobNumber) throws -> Bool {
        let statement = try prepare("SELECT 1 FROM delivery WHERE job = ? AND state = 'disabled' LIMIT 1")
        statement.bind(job.rawValue, at: 1)
        return try statement.first { _ in true } ?? false
    }

    private func insert(
        _ event: WebhookEvent, of job: JobNumber, _ url: String, _ origin: String, data: [UInt8], isDisabled: Bool
    ) throws {
        var generator = SystemRandomNumberGenerator()
        let id = "msg_\(JobID(createdAt: now, using: &generator))"
        var body = Array(#"{"type":"\#(event.rawValue)","timestamp":"\#(now)","data":"#.utf8)
        body += data
        body.append(UInt8(ascii: "}"))
        let statement = try prepare(
            """
            INSERT INTO delivery (id, job, event, url, origin, body, state, create_time, due) \
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
            """)
        statement.bind(id, at: 1)
        statement.bind(job.rawValue, at: 2)
        statement.bind(event.rawValue, at: 3)
        statement.bind(url, at: 4)
        statement.bind(origin, at: 5)
        statement.bind(body, at: 6)
        statement.bind((isDisabled ? Delivery.State.disabled : .pending).rawValue, at: 7)
        statement.bind(now.microseconds, at: 8)
        statement.bind(isDisabled ? nil : now.microseconds, at: 9)
        try statement.run()
        if !isDisabled { notePending(1) }
    }

    /// Of a job that is deleted.
    func dropDeliveries(of job: JobNumber) throws {
        let pending = try prepare("SELECT count(*) FROM delivery WHERE job = ? AND due IS NOT NULL")
        pending.bind(job.rawValue, at: 1)
        notePending(-Int(try pending.first { $0.integer(0) } ?? 0))
        let statement = try prepare("DELETE FROM delivery WHERE job = ?")
        statement.bind(job.rawValue, at: 1)
        try statement.run()
    }

    // MARK: Attempts

    func record(_ attempt: DeliveryAttempt) throws {
        let wasPending = try isPending(attempt.number)
        let statement = try prepare(
            """
            UPDATE delivery SET state = ?1, attempts = attempts + 1, tries = tries + 1, status = ?2, error = ?3, \
            due = ?4, attempt_time = ?5 WHERE number = ?6
            """)
        statement.bind(attempt.state.rawValue, at: 1)
        statement.bind(attempt.status.map(Int64.init), at: 2)
        statement.bind(attempt.error, at: 3)
        statement.bind(attempt.nextAttemptTime?.microseconds, at: 4)
        statement.bind(attempt.time.microseconds, at: 5)
        statement.bind(attempt.number, at: 6)
        guard try statement.run() > 0 else { return }
        notePending((attempt.nextAttemptTime == nil ? 0 : 1) - (wasPending ? 1 : 0))
        if attempt.state == .disabled { try disableOthers(than: attempt.number) }
    }

    /// The receiver wants nothing more of the job: what else is pending for it is not sent.
    private func disableOthers(than number: Int64) throws {
        let statement = try prepare(
            """
            UPDATE delivery SET state = 'disabled', due = NULL \
            WHERE job = (SELECT job FROM delivery WHERE number = ?) AND due IS NOT NULL
            """)
        statement.bind(number, at: 1)
        notePending(-(try statement.run()))
    }

    func replay(_ id: String, of job: JobNumber) throws -> Delivery? {
        let known = try prepare("SELECT number FROM delivery WHERE id = ? AND job = ?")
        known.bind(id, at: 1)
        known.bind(job.rawValue, at: 2)
        guard let number = try known.first({ $0.integer(0) }) else { return nil }
        let wasPending = try isPending(number)
        let statement = try prepare("UPDATE delivery SET state = 'pending', tries = 0, due = ? WHERE number = ?")
        statement.bind(now.microseconds, at: 1)
        statement.bind(number, at: 2)
        try statement.run()
        notePending(wasPending ? 0 : 1)
        let row = try prepare("SELECT \(DeliveryRow.columns) FROM delivery WHERE number = ?")
        row.bind(number, at: 1)
        return try row.first(DeliveryRow.decode)
    }

    private func isPending(_ number: Int64) throws -> Bool {
        let statement = try prepare("SELECT 1 FROM delivery WHERE number = ? AND due IS NOT NULL")
        statement.bind(number, at: 1)
        return try statement.first { _ in true } ?? false
    }

    /// `hasDeliveries` wakes the sender after the commit, also for a replay of one that was pending before.
    private func notePending(_ change: Int) {
        state.pendingDeliveries += change
        hasDeliveries = true
    }
}
