internal import GRDB
package import Model

extension JobStore {
    package func job(_ id: JobID) async throws(StorageError) -> Job? {
        try await read("job") { try JobRow.job($0, id: id) }
    }

    package func job(_ number: JobNumber) async throws(StorageError) -> Job? {
        try await read("job") { try JobRow.job($0, number: number) }
    }

    package func job(idempotencyKey: String) async throws(StorageError) -> Job? {
        try await read("job") { try JobRow.job($0, idempotencyKey: idempotencyKey) }
    }

    /// Newest first, behind `before`.
    package func jobs(
        _ filter: JobFilter, before: JobNumber?, limit: Int
    ) async throws(StorageError) -> [Job] {
        try await read("jobs") { database in
            var numbers: [Int64] = []
            // One query for each state reads its index from the end; one for several would sort all of them.
            let states: [JobState?] = filter.states.map(Array.init) ?? [nil]
            for state in states {
                numbers += try Self.numbers(database, state, filter, before: before, limit: limit)
            }
            numbers.sort(by: >)
            return try numbers.prefix(limit).compactMap { try JobRow.job(database, number: JobNumber($0)) }
        }
    }

    /// Every job that has not ended, oldest first.
    package func unfinishedJobs() async throws(StorageError) -> [Job] {
        try await read("unfinishedJobs") { database in
            var numbers: [Int64] = []
            let all = JobFilter()
            for state in JobState.allCases where !state.isFinal {
                numbers += try Self.numbers(database, state, all, before: nil, limit: Int.max)
            }
            return try numbers.sorted().compactMap { try JobRow.job(database, number: JobNumber($0)) }
        }
    }

    /// How many queued jobs come before it; jobs begin in the order of their numbers.
    package func queuePosition(_ job: JobNumber) async throws(StorageError) -> Int {
        try await read("queuePosition") { database in
            let statement = try PreparedStatement(
                database, "SELECT count(*) FROM job WHERE state = 'queued' AND number < ?")
            statement.bind(job.rawValue, at: 1)
            return Int(try statement.first { $0.integer(0) } ?? 0)
        }
    }

    /// The numbers of the newest jobs that `filter` admits and that are in `state`, if one is given.
    private static func numbers(
        _ database: Database, _ state: JobState?, _ filter: JobFilter, before: JobNumber?, limit: Int
    ) throws -> [Int64] {
        let labels = filter.labels.sorted { $0.key < $1.key }
        var conditions = ["job.number < ?1", state == nil ? "job.state <> 'deleted'" : "job.state = ?2"]
        // Nearly all may be of one kind: the index of states counts more. The plus keeps SQLite from the other one.
        if filter.kind != nil { conditions.append(state == nil ? "job.kind = ?3" : "+job.kind = ?3") }
        for index in labels.indices {
            let (name, value) = ("?\(5 + 2 * index)", "?\(6 + 2 * index)")
            conditions.append(
                index == 0
                    ? "first.name = \(name) AND first.value = \(value) AND first.job < ?1"
                    : """
                    EXISTS (SELECT 1 FROM label WHERE label.name = \(name) AND label.value = \(value) \
                    AND label.job = job.number)
                    """)
        }
        // With a label, its index leads; CROSS JOIN keeps SQLite from turning the order round.
        let source = labels.isEmpty ? "job" : "label AS first CROSS JOIN job ON job.number = first.job"
        let order = labels.isEmpty ? "job.number" : "first.job"
        let statement = try PreparedStatement(
            database,
            """
            SELECT job.number FROM \(source) WHERE \(conditions.joined(separator: " AND ")) \
            ORDER BY \(order) DESC LIMIT ?4
            """)
        statement.bind(before?.rawValue ?? Int64.max, at: 1)
        if let state { statement.bind(state.rawValue, at: 2) }
        if let kind = filter.kind { statement.bind(kind.rawValue, at: 3) }
        statement.bind(Int64(limit), at: 4)
        for (index, label) in labels.enumerated() {
            statement.bind(label.key, at: Int32(5 + 2 * index))
            statement.bind(label.value, at: Int32(6 + 2 * index))
        }
        return try statement.all { $0.integer(0) }
    }
}
