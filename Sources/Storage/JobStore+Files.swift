internal import GRDB
package import Model

extension JobStore {
    /// By number, behind `after`. `inFlight` counts as pending here: what is in flight is known in memory only.
    package func files(
        _ job: JobNumber, states: Set<FileState>? = nil, after: FileNumber? = nil, limit: Int
    ) async throws(StorageError) -> [FileTransfer] {
        let stored = Set((states ?? Set(FileState.allCases)).map { StoredState($0) })
        guard !stored.isEmpty else { return [] }
        // Failed and skipped files are few and have an index each.
        let source =
            switch stored {
            case [.failed]: "file INDEXED BY file_failed"
            case [.skipped]: "file INDEXED BY file_skipped"
            default: "file NOT INDEXED"
            }
        let list = stored.map { String($0.rawValue) }.sorted().joined(separator: ", ")
        let condition =
            switch stored.count {
            case 1: "AND state = \(list)"
            case 4: ""
            default: "AND state IN (\(list))"
            }
        return try await read("files") { database in
            let statement = try PreparedStatement(
                database,
                """
                SELECT \(FileRow.columns) FROM \(source) WHERE job = ? AND number > ? \(condition) \
                ORDER BY number LIMIT ?
                """)
            statement.bind(job.rawValue, at: 1)
            statement.bind(after?.rawValue ?? 0, at: 2)
            statement.bind(Int64(limit), at: 3)
            return try statement.all(FileRow.decode)
        }
    }

    package func file(_ job: JobNumber, _ number: FileNumber) async throws(StorageError) -> FileTransfer? {
        try await files(job, numbers: [number]).first
    }

    /// Those that exist, in the order of `numbers`.
    package func files(_ job: JobNumber, numbers: [FileNumber]) async throws(StorageError) -> [FileTransfer] {
        try await read("files") { database in
            let statement = try PreparedStatement(
                database, "SELECT \(FileRow.columns) FROM file WHERE job = ? AND number = ?")
            return try numbers.compactMap { number in
                statement.bind(job.rawValue, at: 1)
                statement.bind(number.rawValue, at: 2)
                return try statement.first(FileRow.decode)
            }
        }
    }

    /// Reads the job's files until it is found: about 0.2 seconds for a million.
    package func file(_ job: JobNumber, path: [UInt8]) async throws(StorageError) -> FileTransfer? {
        try await read("file") { database in
            let statement = try PreparedStatement(
                database, "SELECT \(FileRow.columns) FROM file WHERE job = ? AND path = ? LIMIT 1")
            statement.bind(job.rawValue, at: 1)
            statement.bind(path, at: 2)
            return try statement.first(FileRow.decode)
        }
    }

    /// Bytes that the job's counters hold for a file that has not ended: its stored parts, or what they were before
    /// `restartFile`. What is sent again up to there must not be counted twice.
    package func countedBytes(_ job: JobNumber, file: FileNumber) async throws(StorageError) -> Int64 {
        try await read("countedBytes") { database in
            let statement = try PreparedStatement(
                database,
                """
                SELECT max(counted_bytes, (SELECT coalesce(sum(size), 0) FROM part \
                WHERE job = ?1 AND file = ?2 AND part.state = 1)) FROM file WHERE job = ?1 AND number = ?2
                """)
            statement.bind(job.rawValue, at: 1)
            statement.bind(file.rawValue, at: 2)
            return try statement.first { $0.integer(0) } ?? 0
        }
    }

    // MARK: The queue

    /// Pending files of at least `atLeast` bytes (and of `largeFile`), the largest first. Those in flight are among
    /// them: the caller knows which.
    package func largestPending(
        _ job: JobNumber, atLeast: Int64, limit: Int
    ) async throws(StorageError) -> [FileTransfer] {
        try await read("largestPending") { database in
            let statement = try PreparedStatement(
                database,
                """
                SELECT \(FileRow.columns) FROM file INDEXED BY file_large WHERE job = ? AND state = 0 \
                AND size >= \(Schema.largeFile) AND size >= ? ORDER BY size DESC LIMIT ?
                """)
            statement.bind(job.rawValue, at: 1)
            statement.bind(atLeast, at: 2)
            statement.bind(Int64(limit), at: 3)
            return try statement.all(FileRow.decode)
        }
    }

    /// Pending files smaller than `below` bytes, by number, behind `after`.
    package func nextPending(
        _ job: JobNumber, after: FileNumber, below: Int64, limit: Int
    ) async throws(StorageError) -> [FileTransfer] {
        try await read("nextPending") { database in
            let statement = try PreparedStatement(
                database,
                """
                SELECT \(FileRow.columns) FROM file NOT INDEXED WHERE job = ? AND number > ? AND state = 0 \
                AND size < ? ORDER BY number LIMIT ?
                """)
            statement.bind(job.rawValue, at: 1)
            statement.bind(after.rawValue, at: 2)
            statement.bind(below, at: 3)
            statement.bind(Int64(limit), at: 4)
            return try statement.all(FileRow.decode)
        }
    }

    // MARK: Parts

    /// The parts of multipart files, by file and number, behind `after`: the stored ones and, from the plan, pending
    /// ones. `file`: of that one alone.
    package func parts(
        _ job: JobNumber, file: FileNumber? = nil, after: (FileNumber, PartNumber)? = nil, limit: Int
    ) async throws(StorageError) -> [StoredPart] {
        try await read("parts") { database in
            var page: [StoredPart] = []
            var from = file?.rawValue ?? after?.0.rawValue ?? 0
            if let after, after.0.rawValue > from { return [] }
            var behind = after?.0.rawValue == from ? after?.1.rawValue ?? 0 : 0
            while page.count < limit, let next = try Self.multipartFile(database, job, from: from) {
                if let file, next.number != file { break }
                if next.number.rawValue != from { behind = 0 }
                page += try Self.parts(database, job, of: next, after: behind, limit: limit - page.count)
                from = next.number.rawValue + 1
                behind = 0
            }
            return page
        }
    }

    /// The first multipart file whose number is at least `from`.
    private static func multipartFile(
        _ database: Database, _ job: JobNumber, from: Int64
    ) throws -> FileTransfer? {
        let statement = try PreparedStatement(
            database,
            """
            SELECT \(FileRow.columns) FROM file INDEXED BY file_multipart WHERE job = ? AND number >= ? \
            AND upload_id IS NOT NULL ORDER BY number LIMIT 1
            """)
        statement.bind(job.rawValue, at: 1)
        statement.bind(from, at: 2)
        return try statement.first(FileRow.decode)
    }

    private static func parts(
        _ database: Database, _ job: JobNumber, of file: FileTransfer, after: Int, limit: Int
    ) throws -> [StoredPart] {
        guard let multipart = file.multipart else { return [] }
        let plan = PartPlan(objectSize: multipart.identity.size, storedPartSize: multipart.partSize)
        let statement = try PreparedStatement(
            database,
            """
            SELECT \(PartRow.columns) FROM part WHERE job = ? AND file = ? AND number > ? ORDER BY number LIMIT ?
            """)
        statement.bind(job.rawValue, at: 1)
        statement.bind(file.number.rawValue, at: 2)
        statement.bind(Int64(after), at: 3)
        statement.bind(Int64(limit), at: 4)
        var stored = try statement.all(PartRow.decode)[...]
        var parts: [StoredPart] = []
        var number = after + 1
        while parts.count < limit, number <= plan.count || !stored.isEmpty {
            if let part = stored.first, part.number.rawValue == number || number > plan.count {
                stored.removeFirst()
                parts.append(StoredPart(part: part, path: file.path))
            } else {
                let position = PartNumber(number)
                let pending = Part(
                    file: file.number, number: position, range: plan.range(of: position), state: .pending, attempt: 0)
                parts.append(StoredPart(part: pending, path: file.path))
            }
            number += 1
        }
        return parts
    }
}
