internal import GRDB
package import Model

/// The ledger of multipart uploads that may exist at a store.
extension JobStore {
    /// Multipart uploads that may exist at a store: of one job, or of all, those of deleted jobs too.
    package func openIntentions(_ job: JobNumber?) async throws(StorageError) -> [Intention] {
        try await read("openIntentions") { database in
            let condition = job == nil ? "?1 IS NULL" : "job = ?1"
            let statement = try PreparedStatement(
                database, "SELECT \(IntentionRow.columns) FROM intention WHERE \(condition) ORDER BY id")
            statement.bind(job?.rawValue, at: 1)
            return try statement.all(IntentionRow.decode)
        }
    }

    /// How many a job has, and the first of them.
    package func openIntentions(
        _ job: JobNumber, limit: Int
    ) async throws(StorageError) -> (count: Int, first: [Intention]) {
        // As a rule no job has any, and every answer about a job asks.
        guard writer.hasIntentions else { return (0, []) }
        return try await read("openIntentions") { database in
            let total = try PreparedStatement(database, "SELECT count(*) FROM intention WHERE job = ?")
            total.bind(job.rawValue, at: 1)
            let count = Int(try total.first { $0.integer(0) } ?? 0)
            guard count > 0 else { return (0, []) }
            let statement = try PreparedStatement(
                database,
                """
                SELECT \(IntentionRow.columns) FROM intention WHERE job = ? \
                ORDER BY report IS NULL, lost_time IS NULL, id LIMIT ?
                """)
            statement.bind(job.rawValue, at: 1)
            statement.bind(Int64(limit), at: 2)
            return (count, try statement.all(IntentionRow.decode))
        }
    }

    /// Those with which nobody goes on and that are not left to a person, of all jobs, deleted ones too, behind `after`.
    package func lostIntentions(after: Int64, limit: Int) async throws(StorageError) -> [Intention] {
        try await read("lostIntentions") { database in
            let statement = try PreparedStatement(
                database,
                """
                SELECT \(IntentionRow.columns) FROM intention \
                WHERE id > ? AND lost_time IS NOT NULL AND report IS NULL ORDER BY id LIMIT ?
                """)
            statement.bind(after, at: 1)
            statement.bind(Int64(limit), at: 2)
            return try statement.all(IntentionRow.decode)
        }
    }

    /// What is known of one key at one store.
    package func ledger(of location: ObjectLocation, store: StoreName) async throws(StorageError) -> KeyLedger {
        try await read("ledger") { database in
            let statement = try PreparedStatement(
                database,
                """
                SELECT \(IntentionRow.columns) FROM intention WHERE bucket = ? AND key = ? AND store = ? ORDER BY id
                """)
            statement.bind(location.bucket, at: 1)
            statement.bind(location.key, at: 2)
            statement.bind(store.rawValue, at: 3)
            let intentions = try statement.all(IntentionRow.decode)
            var uploads = Set(intentions.compactMap(\.uploadID))
            let file = try PreparedStatement(database, "SELECT upload_id FROM file WHERE job = ? AND number = ?")
            for intention in intentions {
                file.bind(intention.job.rawValue, at: 1)
                file.bind(intention.file.rawValue, at: 2)
                if let id = try file.first({ $0.optionalText(0) }) ?? nil { uploads.insert(UploadID(id)) }
            }
            return KeyLedger(intentions: intentions, uploads: uploads)
        }
    }

    /// What a start finds: creations that an earlier process was about to ask for, and what ended jobs left open.
    static func loseUnowned(_ database: Database, now: Timestamp) throws {
        try database.execute(
            sql: """
                UPDATE intention SET lost_time = ? WHERE lost_time IS NULL AND report IS NULL AND (upload_id IS NULL \
                OR NOT EXISTS (SELECT 1 FROM job WHERE job.number = intention.job \
                AND job.state IN ('queued', 'running', 'pausing', 'paused', 'cancelling')))
                """, arguments: [now.microseconds])
    }
}
