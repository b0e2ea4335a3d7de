internal import GRDB
package import Model

extension JobStore {
    /// Changes of one job behind `after`, in growing revisions. Of a deleted job only that it was deleted.
    ///
    /// Read from one snapshot: a row that changed again meanwhile stands only at its newest revision.
    package func changes(
        of job: JobNumber, after: Revision, filter: ChangeFilter, limit: Int
    ) async throws(StorageError) -> ChangeBatch {
        // Before the snapshot begins, so that the snapshot holds all up to it. Inside, it would be too late: GRDB looks
        // at the schema first. Snapshot, commit of 7, watermark 7: a reader would go on behind a 7 that it never saw.
        let watermark = watermark
        return try await read("changes") { database in
            var page = ChangePage(after: after, watermark: watermark, limit: limit)
            try Self.addChanges(of: job, filter, to: &page, database)
            return page.batch
        }
    }

    /// Changes of all jobs behind `after`, in growing revisions.
    ///
    /// Tenant after tenant: once the page is full, of each further one only what is older than the page's end, which comes
    /// nearer with each. So a thousand tenants are not read a thousand times a page, but about seven times (1 + 1/2 + 1/3 ...).
    package func changes(
        after: Revision, filter: ChangeFilter, limit: Int
    ) async throws(StorageError) -> ChangeBatch {
        let watermark = watermark
        return try await read("changes") { database in
            var page = ChangePage(after: after, watermark: watermark, limit: limit)
            for tenant in try filter.tenant.map({ [$0] }) ?? JobRow.tenants(database) {
                try Self.addChanges(of: tenant, filter, to: &page, database)
            }
            return page.batch
        }
    }

    private static func addChanges(
        of tenant: TenantName, _ filter: ChangeFilter, to page: inout ChangePage, _ database: Database
    ) throws {
        guard filter.files || filter.parts else {
            if filter.jobs { try addJobRows(of: tenant, to: &page, database) }
            return
        }
        guard !page.isFull else {
            for job in try changedJobs(database, tenant, after: page.after.rawValue, begunBy: page.last) {
                try addChanges(of: job.number, filter, to: &page, database)
            }
            return
        }
        let first = try changedJobs(database, tenant, after: page.after.rawValue, limit: page.room)
        for job in first { try addChanges(of: job.number, filter, to: &page, database) }
        guard let last = first.last, first.count == page.room else { return }
        // A job that changed later may have older rows, if it was submitted before the page ends. Jobs that changed in
        // one transaction may share `changed`.
        let known = Set(first.map(\.number))
        for job in try changedJobs(database, tenant, after: last.changed - 1, begunBy: page.last)
        where !known.contains(job.number) {
            try addChanges(of: job.number, filter, to: &page, database)
        }
    }

    /// Jobs by their newest rows. `first` bounds their oldest: a million jobs that came later are passed over in one index.
    private static func changedJobs(
        _ database: Database, _ tenant: TenantName, after changed: Int64, begunBy last: Int64 = .max, limit: Int = -1
    ) throws -> [(number: JobNumber, changed: Int64)] {
        let statement = try PreparedStatement(
            database,
            """
            SELECT number, changed FROM job INDEXED BY job_changed WHERE changed > ?1 AND first <= ?2 AND tenant = ?4 \
            ORDER BY changed LIMIT ?3
            """)
        statement.bind(changed, at: 1)
        statement.bind(last, at: 2)
        statement.bind(Int64(limit), at: 3)
        statement.bind(tenant.rawValue, at: 4)
        return try statement.all { (JobNumber($0.integer(0)), $0.integer(1)) }
    }

    private static func addChanges(
        of job: JobNumber, _ filter: ChangeFilter, to page: inout ChangePage, _ database: Database
    ) throws {
        let head = try PreparedStatement(database, "SELECT id, state, revision, changed FROM job WHERE number = ?")
        head.bind(job.rawValue, at: 1)
        let found = try head.first {
            (id: $0.text(0), state: $0.text(1), revision: $0.integer(2), changed: $0.integer(3))
        }
        guard let found, let id = JobID(found.id), found.changed > page.after.rawValue else { return }
        if filter.jobs, found.revision > page.after.rawValue, found.revision <= page.last {
            try addJobRow(job, to: &page, database)
        }
        guard found.state != JobRow.deletedState else { return }
        if filter.files { try addFileRows(of: job, id, to: &page, database) }
        if filter.parts { try addPartRows(of: job, id, to: &page, database) }
    }

    private static func addJobRow(_ job: JobNumber, to page: inout ChangePage, _ database: Database) throws {
        let statement = try PreparedStatement(
            database, "SELECT \(JobRow.columns) FROM \(JobRow.source) WHERE job.number = ?")
        statement.bind(job.rawValue, at: 1)
        if let change = try statement.first(change(ofJob:)) { page.merge([change]) }
    }

    private static func addJobRows(
        of tenant: TenantName, to page: inout ChangePage, _ database: Database
    ) throws {
        let statement = try PreparedStatement(
            database,
            """
            SELECT \(JobRow.columns) FROM \(JobRow.source) WHERE job.tenant = ?1 AND job.revision > ?2 \
            AND job.revision <= ?4 ORDER BY job.revision LIMIT ?3
            """)
        statement.bind(tenant.rawValue, at: 1)
        statement.bind(page.after.rawValue, at: 2)
        statement.bind(Int64(page.room), at: 3)
        statement.bind(page.last, at: 4)
        page.merge(try statement.all(change(ofJob:)))
    }

    private static func change(ofJob row: PreparedStatement) throws -> Change {
        switch try JobRow(row) {
        case .job(let job): Change(revision: job.revision, job: job.number, jobID: job.id, row: .job(job))
        case .deleted(let number, let id, let revision):
            Change(revision: revision, job: number, jobID: id, row: .jobDeleted)
        }
    }

    private static func addFileRows(
        of job: JobNumber, _ id: JobID, to page: inout ChangePage, _ database: Database
    ) throws {
        let statement = try PreparedStatement(
            database,
            """
            SELECT \(FileRow.columns) FROM file INDEXED BY file_revision WHERE job = ? AND revision > ? \
            AND revision <= ? ORDER BY revision LIMIT ?
            """)
        bind(statement, job, page)
        page.merge(
            try statement.all { row in
                let file = try FileRow.decode(row)
                return Change(revision: file.revision ?? .zero, job: job, jobID: id, row: .file(file))
            })
    }

    private static func addPartRows(
        of job: JobNumber, _ id: JobID, to page: inout ChangePage, _ database: Database
    ) throws {
        let statement = try PreparedStatement(
            database,
            """
            SELECT \(PartRow.columns), file.path FROM part INDEXED BY part_revision \
            CROSS JOIN file ON file.job = part.job AND file.number = part.file \
            WHERE part.job = ? AND part.revision > ? AND part.revision <= ? ORDER BY part.revision LIMIT ?
            """)
        bind(statement, job, page)
        page.merge(
            try statement.all { row in
                let part = try PartRow.decode(row)
                return Change(
                    revision: part.revision ?? .zero, job: job, jobID: id,
                    row: .part(part, path: row.bytes(PartRow.count)))
            })
    }

    private static func bind(_ statement: PreparedStatement, _ job: JobNumber, _ page: ChangePage) {
        statement.bind(job.rawValue, at: 1)
        statement.bind(page.after.rawValue, at: 2)
        statement.bind(page.last, at: 3)
        statement.bind(Int64(page.room), at: 4)
    }
}
