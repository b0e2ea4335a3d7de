internal import GRDB
package import Model

/// The outbox of webhooks.
extension JobStore {
    /// A job's deliveries, oldest first, behind `after`.
    package func deliveries(
        of job: JobNumber, after: Int64 = 0, limit: Int
    ) async throws(StorageError) -> [Delivery] {
        try await read("deliveries") { database in
            let statement = try PreparedStatement(
                database,
                """
                SELECT \(DeliveryRow.columns) FROM delivery INDEXED BY delivery_job WHERE job = ? AND number > ? \
                ORDER BY number LIMIT ?
                """)
            statement.bind(job.rawValue, at: 1)
            statement.bind(after, at: 2)
            statement.bind(Int64(limit), at: 3)
            return try statement.all(DeliveryRow.decode)
        }
    }

    /// What is due at `time`, of each receiver at most what `room` says for it, without those in `except`. And when more
    /// is due of those receivers of which nothing is.
    ///
    /// A receiver at a time, so that one with thousands that are due keeps nobody from their turn.
    package func dueDeliveries(
        at time: Timestamp, except: Set<Int64>, limit: Int, room: @escaping @Sendable (_ origin: String) -> Int
    ) async throws(StorageError) -> DueDeliveries {
        guard writer.statistics.pendingDeliveries > 0 else { return DueDeliveries() }
        return try await read("dueDeliveries") { database in
            var found = DueDeliveries()
            var origin = ""
            while let (next, due) = try Self.firstDue(database, behind: origin) {
                origin = next
                guard due <= time else {
                    found.next = min(found.next ?? due, due)
                    continue
                }
                let most = min(room(origin), limit - found.deliveries.count)
                guard most > 0 else { continue }
                let more = try Self.due(database, origin, at: time, limit: most + except.count)
                found.deliveries += more.filter { !except.contains($0.number) }.prefix(most)
            }
            return found
        }
    }

    /// The receiver that follows, and when something of it is due.
    private static func firstDue(
        _ database: Database, behind origin: String
    ) throws -> (origin: String, due: Timestamp)? {
        let statement = try PreparedStatement(
            database,
            """
            SELECT origin, due FROM delivery INDEXED BY delivery_due WHERE origin > ? AND due IS NOT NULL \
            ORDER BY origin, due LIMIT 1
            """)
        statement.bind(origin, at: 1)
        return try statement.first { ($0.text(0), Timestamp(microseconds: $0.integer(1))) }
    }

    private static func due(
        _ database: Database, _ origin: String, at time: Timestamp, limit: Int
    ) throws -> [DueDelivery] {
        let statement = try PreparedStatement(
            database,
            """
            SELECT delivery.number, delivery.id, job.id, delivery.event, delivery.url, delivery.body, delivery.tries, \
            job.traceparent FROM delivery INDEXED BY delivery_due CROSS JOIN job ON job.number = delivery.job \
            WHERE delivery.origin = ? AND delivery.due <= ? ORDER BY delivery.due, delivery.number LIMIT ?
            """)
        statement.bind(origin, at: 1)
        statement.bind(time.microseconds, at: 2)
        statement.bind(Int64(limit), at: 3)
        return try statement.all { row in
            guard let job = JobID(row.text(2)) else {
                throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "a job's id is \(row.text(2))")
            }
            return DueDelivery(
                number: row.integer(0), id: row.text(1), jobID: job, event: row.text(3), url: row.text(4),
                origin: origin, body: row.bytes(5), tries: Int(row.integer(6)),
                traceParent: row.optionalText(7).flatMap(TraceParent.init))
        }
    }

    /// Returns once it is committed. A power loss may take it back: then the message is sent once more.
    package func record(_ attempt: DeliveryAttempt) async throws(StorageError) {
        try await writer.perform("recordDelivery", durable: false, revisions: 0) { try $0.record(attempt) }
    }

    /// Sends a delivery again, from now on by the whole schedule. Nil when the job has no such delivery.
    package func replay(_ id: String, of job: JobNumber) async throws(StorageError) -> Delivery? {
        try await writer.perform("replay", durable: true, revisions: 0) { try $0.replay(id, of: job) }
    }
}
