internal import GRDB
package import Model

extension JobStore {
    package func job(_ id: JobID, reach: Reach = .tenant(.default)) async throws(StorageError) -> Job? {
        try await lookUp { try JobRow.row($0, id, reach) }
    }

    package func job(_ number: JobNumber) async throws(StorageError) -> Job? {
        try await lookUp { try JobRow.row($0, number) }
    }

    /// At once, unless its spec is large: that is decoded on a reader's queue.
    private func lookUp(
        _ row: @escaping @Sendable (Database) throws -> PreparedStatement
    ) async throws(StorageError) -> Job? {
        let found = try look("job") { database in
            try row(database).first { row -> JobRow? in JobRow.isSmall(row) ? try JobRow(row) : nil }
        }
        // Nil within nil: there is none.
        guard let found else { return nil }
        if let found { return found.job }
        return try await read("job") { try row($0).first(JobRow.init)?.job }
    }

    package func job(idempotencyKey: String, of tenant: TenantName) async throws(StorageError) -> Job? {
        try await read("job") { try JobRow.job($0, idempotencyKey: idempotencyKey, of: tenant) }
    }

    /// Newest first, behind `before`.
    package func jobs(
        _ filter: JobFilter, before: JobNumber?, limit: Int
    ) async throws(StorageError) -> [Job] {
        try await read("jobs") { database in
            var numbers: [Int64] = []
            // One query for each state and tenant reads its index from the end; one for several would sort all of them.
            let states: [JobState?] = filter.states.map(Array.init) ?? [nil]
            for tenant in try Self.tenants(database, filter) {
                for state in states {
                    numbers += try Self.numbers(database, state, tenant, filter, before: before, limit: limit)
                }
            }
            numbers.sort(by: >)
            return try numbers.prefix(limit).compactMap { try JobRow.job(database, number: JobNumber($0)) }
        }
    }

    /// Every job that has not ended, oldest first.
    package func unfinishedJobs() async throws(StorageError) -> [Job] {
        try await read("unfinishedJobs") { database in
            var numbers: [Int64] = []
            for state in JobState.allCases where !state.isFinal {
                let statement = try PreparedStatement(database, "SELECT number FROM job WHERE state = ?")
                statement.bind(state.rawValue, at: 1)
                numbers += try statement.all { $0.integer(0) }
            }
            return try numbers.sorted().compactMap { try JobRow.job(database, number: JobNumber($0)) }
        }
    }

    /// How many of its tenant's queued jobs come before it; a tenant's jobs begin in the order of their numbers.
    package func queuePosition(_ job: JobNumber) async throws(StorageError) -> Int {
        try await read("queuePosition") { database in
            let statement = try PreparedStatement(
                database,
                """
                SELECT count(*) FROM job WHERE state = 'queued' AND number < ?1 \
                AND tenant = (SELECT tenant FROM job WHERE number = ?1)
                """)
            statement.bind(job.rawValue, at: 1)
            return Int(try statement.first { $0.integer(0) } ?? 0)
        }
    }

    /// Whose jobs are looked for one after the other; nil for those of all in their own order.
    private static func tenants(_ database: Database, _ filter: JobFilter) throws -> [TenantName?] {
        if let tenant = filter.tenant { return [tenant] }
        let isOrdered = !filter.labels.isEmpty || filter.states == nil && filter.kind == nil
        return isOrdered ? [nil] : try JobRow.tenants(database)
    }

    /// The numbers of the newest jobs that `filter` admits and that are in `state` and of `tenant`, if one is given.
    private static func numbers(
        _ database: Database, _ state: JobState?, _ tenant: TenantName?, _ filter: JobFilter, before: JobNumber?,
        limit: Int
    ) throws -> [Int64] {
        let labels = filter.labels.sorted { $0.key < $1.key }
        var conditions = ["job.number < ?1", state == nil ? "job.state <> 'deleted'" : "job.state = ?2"]
        // Nearly all may be of one kind: the index of states counts more. The plus keeps SQLite from the other one.
        if filter.kind != nil { conditions.append(state == nil ? "job.kind = ?3" : "+job.kind = ?3") }
        if tenant != nil { conditions.append(labels.isEmpty ? "job.tenant = ?4" : "first.tenant = ?4") }
        for index in labels.indices {
            let (name, value) = ("?\(6 + 2 * index)", "?\(7 + 2 * index)")
            conditions.append(
                index == 0
                    ? "first.name = \(name) AND first.value = \(value) AND first.job < ?1"
                    : """
                    EXISTS (SELECT 1 FROM label WHERE label.name = \(name) AND label.value = \(value) \
                    AND label.job = job.number)
                    """)
        }
        let statement = try PreparedStatement(
            database,
            """
            SELECT job.number FROM \(source(state, tenant, filter)) WHERE \(conditions.joined(separator: " AND ")) \
            ORDER BY \(labels.isEmpty ? "job.number" : "first.job") DESC LIMIT ?5
            """)
        statement.bind(before?.rawValue ?? Int64.max, at: 1)
        if let state { statement.bind(state.rawValue, at: 2) }
        if let kind = filter.kind { statement.bind(kind.rawValue, at: 3) }
        if let tenant { statement.bind(tenant.rawValue, at: 4) }
        statement.bind(Int64(limit), at: 5)
        for (index, label) in labels.enumerated() {
            statement.bind(label.key, at: Int32(6 + 2 * index))
            statement.bind(label.value, at: Int32(7 + 2 * index))
        }
        return try statement.all { $0.integer(0) }
    }

    /// Each question's own index, which gives its rows in their order.
    private static func source(_ state: JobState?, _ tenant: TenantName?, _ filter: JobFilter) -> String {
        guard filter.labels.isEmpty else {
            // A label's index leads; CROSS JOIN keeps SQLite from turning the order round.
            let index = tenant == nil ? "" : "INDEXED BY label_tenant "
            return "label AS first \(index)CROSS JOIN job ON job.number = first.job"
        }
        guard tenant != nil else { return "job" }
        if state != nil { return "job INDEXED BY job_state" }
        return filter.kind == nil ? "job INDEXED BY job_tenant" : "job INDEXED BY job_kind"
    }
}
