internal import GRDB

/// The tables. A migration is never edited once it was released; a change is a further one.
///
/// - `job`: what changes often. A deleted job stays as a row in the state `deleted`, for the feed, until it is purged.
/// - `spec`: what a job asks for. Apart from `job`, because SQLite rewrites a whole row for each counter, and a spec
///   with a list of paths may have megabytes.
/// - `file`: the queue, and what became of each file. `state` is `StoredState`'s number. No key column: it follows from
///   the spec and the path.
///   `upload_id` is the multipart upload that moves it, or of a download what its temporary file is called.
/// - `part`: the parts of multipart uploads that were sent, or of downloads that were fetched.
/// - `intention`: multipart uploads that may exist at a store. Without a foreign key: it outlives its job.
///   What stands there and has no `lost_time` belongs to a run, or to a later one.
/// - `rescan`: the paths that are known already, while a source is scanned again.
/// - `delivery`: messages to webhooks.
/// - `revision` is null while a file is pending, and the indexes of the feed hold only rows that have one: the scan of
///   a million files writes no index but the table itself.
enum Schema {
    /// `JobStore.largeFile`, which SQLite must see as the same literal in index and query.
    static let largeFile: Int64 = 1_048_576

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("first") { database in
            for statement in jobs + files + ledger { try database.execute(sql: statement) }
        }
        // What a list said of the object that a row stands for; null for files.
        migrator.registerMigration("objects") { database in
            try database.execute(sql: "ALTER TABLE file ADD COLUMN source_etag TEXT")
            try database.execute(sql: "ALTER TABLE file ADD COLUMN source_modified INTEGER")
        }
        migrator.registerMigration("lost intentions") { database in
            for statement in lostIntentions { try database.execute(sql: statement) }
        }
        migrator.registerMigration("a million jobs") { database in
            for statement in millionJobs { try database.execute(sql: statement) }
        }
        migrator.registerMigration("tenants of jobs") { database in
            for statement in tenantsOfJobs { try database.execute(sql: statement) }
        }
        migrator.registerMigration("webhooks") { database in
            for statement in webhooks { try database.execute(sql: statement) }
        }
        migrator.registerMigration("fraction reached") { database in
            try database.execute(sql: "ALTER TABLE job ADD COLUMN fraction_reached REAL NOT NULL DEFAULT 0")
        }
        return migrator
    }

    private static let jobs = [
        "CREATE TABLE meta (name TEXT PRIMARY KEY NOT NULL, value INTEGER NOT NULL) STRICT, WITHOUT ROWID",
        "INSERT INTO meta (name, value) VALUES ('ceiling', 0)",
        """
        CREATE TABLE job (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL CHECK (length(id) BETWEEN 1 AND 64),
            idempotency_key TEXT UNIQUE,
            kind TEXT NOT NULL CHECK (kind IN ('upload', 'download', 'copy')),
            state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'pausing', 'paused', 'cancelling', 'succeeded',
                'partially_succeeded', 'failed', 'cancelled', 'deleted')),
            attempt INTEGER NOT NULL CHECK (attempt >= 1),
            state_reason TEXT,
            error TEXT,
            files_total INTEGER NOT NULL DEFAULT 0, files_succeeded INTEGER NOT NULL DEFAULT 0,
            files_failed INTEGER NOT NULL DEFAULT 0, files_skipped INTEGER NOT NULL DEFAULT 0,
            bytes_total INTEGER NOT NULL DEFAULT 0, bytes_succeeded INTEGER NOT NULL DEFAULT 0,
            bytes_failed INTEGER NOT NULL DEFAULT 0, bytes_skipped INTEGER NOT NULL DEFAULT 0,
            bytes_reused INTEGER NOT NULL DEFAULT 0, bytes_resent INTEGER NOT NULL DEFAULT 0,
            parts_total INTEGER NOT NULL DEFAULT 0, parts_succeeded INTEGER NOT NULL DEFAULT 0,
            scan_complete INTEGER NOT NULL DEFAULT 0 CHECK (scan_complete IN (0, 1)),
            next_file INTEGER NOT NULL DEFAULT 1 CHECK (next_file >= 1),
            revision INTEGER NOT NULL CHECK (revision > 0),
            changed INTEGER NOT NULL CHECK (changed >= revision),
            create_time INTEGER NOT NULL,
            start_time INTEGER,
            update_time INTEGER NOT NULL,
            end_time INTEGER
        ) STRICT
        """,
        "CREATE UNIQUE INDEX job_id ON job (id) WHERE state <> 'deleted'",
        "CREATE INDEX job_state ON job (state)",
        "CREATE INDEX job_revision ON job (revision)",
        "CREATE INDEX job_changed ON job (changed)",
        "CREATE INDEX job_end ON job (end_time) WHERE end_time IS NOT NULL",
        """
        CREATE TABLE spec (
            job INTEGER PRIMARY KEY REFERENCES job (number),
            submitted TEXT NOT NULL,
            patched TEXT
        ) STRICT
        """,
        """
        CREATE TABLE label (
            name TEXT NOT NULL, value TEXT NOT NULL, job INTEGER NOT NULL REFERENCES job (number),
            PRIMARY KEY (name, value, job)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX label_job ON label (job)",
    ]

    private static let files = [
        """
        CREATE TABLE file (
            job INTEGER NOT NULL REFERENCES job (number),
            number INTEGER NOT NULL CHECK (number >= 1),
            path BLOB NOT NULL,
            size INTEGER NOT NULL CHECK (size >= 0),
            marker INTEGER NOT NULL CHECK (marker IN (0, 1)),
            state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 3),
            attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
            skip_reason TEXT,
            etag TEXT,
            checksum TEXT,
            failure TEXT,
            upload_id TEXT,
            part_size INTEGER CHECK (part_size > 0),
            identity TEXT,
            counted_bytes INTEGER NOT NULL DEFAULT 0 CHECK (counted_bytes >= 0),
            start_time INTEGER,
            end_time INTEGER,
            revision INTEGER CHECK (revision > 0),
            PRIMARY KEY (job, number)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX file_revision ON file (job, revision) WHERE revision IS NOT NULL",
        "CREATE INDEX file_large ON file (job, size) WHERE state = 0 AND size >= \(largeFile)",
        "CREATE INDEX file_skipped ON file (job) WHERE state = 2",
        "CREATE INDEX file_failed ON file (job) WHERE state = 3",
        "CREATE INDEX file_multipart ON file (job) WHERE upload_id IS NOT NULL",
        """
        CREATE TABLE part (
            job INTEGER NOT NULL,
            file INTEGER NOT NULL,
            number INTEGER NOT NULL CHECK (number BETWEEN 1 AND 10000),
            start INTEGER NOT NULL CHECK (start >= 0),
            size INTEGER NOT NULL CHECK (size >= 0),
            state INTEGER NOT NULL CHECK (state IN (1, 3)),
            attempt INTEGER NOT NULL CHECK (attempt >= 0),
            etag TEXT,
            checksum TEXT,
            failure TEXT,
            revision INTEGER NOT NULL CHECK (revision > 0),
            PRIMARY KEY (job, file, number),
            FOREIGN KEY (job, file) REFERENCES file (job, number)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX part_revision ON part (job, revision)",
        """
        CREATE TABLE rescan (
            job INTEGER NOT NULL REFERENCES job (number), path BLOB NOT NULL,
            PRIMARY KEY (job, path)
        ) STRICT, WITHOUT ROWID
        """,
    ]

    private static let ledger = [
        """
        CREATE TABLE intention (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            job INTEGER NOT NULL,
            file INTEGER NOT NULL,
            store TEXT NOT NULL,
            bucket TEXT NOT NULL,
            key BLOB NOT NULL,
            create_time INTEGER NOT NULL,
            upload_id TEXT
        ) STRICT
        """,
        "CREATE INDEX intention_job ON intention (job)",
    ]

    /// `lost_time`: since when nobody goes on with it, so that it is looked for and aborted; `report`: why it is left to
    /// a person instead. Those at one key are looked at together.
    private static let lostIntentions = [
        "ALTER TABLE intention ADD COLUMN lost_time INTEGER",
        "ALTER TABLE intention ADD COLUMN report TEXT",
        "CREATE INDEX intention_key ON intention (bucket, key)",
        "CREATE INDEX intention_lost ON intention (id) WHERE lost_time IS NOT NULL AND report IS NULL",
    ]

    /// `first`: the revision that a job was submitted at, below which none of its rows can be; 0 when that isn't known.
    private static let millionJobs = [
        "ALTER TABLE job ADD COLUMN first INTEGER NOT NULL DEFAULT 0",
        "DROP INDEX job_changed",
        "CREATE INDEX job_changed ON job (changed, first)",
        "CREATE INDEX job_kind ON job (kind)",
    ]

    /// Each question has an index that begins with the tenant, or has it behind what is equal anyway, so that no tenant's page
    /// passes over the others' rows. What is asked over all tenants is asked tenant by tenant, of whom there are few.
    ///
    /// A stored idempotency key begins with its tenant: a column's UNIQUE can't be changed. U+001F occurs in neither.
    private static let tenantsOfJobs = [
        "ALTER TABLE job ADD COLUMN tenant TEXT NOT NULL DEFAULT 'default' CHECK (length(tenant) BETWEEN 1 AND 64)",
        "UPDATE job SET idempotency_key = tenant || char(31) || idempotency_key WHERE idempotency_key IS NOT NULL",
        "DROP INDEX job_id",
        "CREATE UNIQUE INDEX job_id ON job (id, tenant) WHERE state <> 'deleted'",
        "DROP INDEX job_state",
        "CREATE INDEX job_state ON job (state, tenant)",
        "DROP INDEX job_kind",
        "CREATE INDEX job_kind ON job (kind, tenant)",
        "DROP INDEX job_revision",
        "CREATE INDEX job_revision ON job (tenant, revision)",
        "DROP INDEX job_changed",
        "CREATE INDEX job_changed ON job (tenant, changed, first)",
        "CREATE INDEX job_tenant ON job (tenant)",
        "ALTER TABLE label ADD COLUMN tenant TEXT NOT NULL DEFAULT 'default'",
        "CREATE INDEX label_tenant ON label (tenant, name, value, job)",
    ]

    /// `webhook`: 1 where the spec has one, so that the end of a job need not read its spec; `delivery`: the outbox, whose
    /// rows go with their job; `due`: null once it has ended; `tries`: attempts of the present round of the schedule.
    private static let webhooks = [
        "ALTER TABLE job ADD COLUMN webhook INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE job ADD COLUMN traceparent TEXT",
        """
        CREATE TABLE delivery (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            job INTEGER NOT NULL REFERENCES job (number),
            event TEXT NOT NULL,
            url TEXT NOT NULL,
            origin TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'failed', 'disabled')),
            attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
            tries INTEGER NOT NULL DEFAULT 0 CHECK (tries >= 0),
            status INTEGER,
            error TEXT,
            create_time INTEGER NOT NULL,
            attempt_time INTEGER,
            due INTEGER,
            body BLOB NOT NULL
        ) STRICT
        """,
        "CREATE INDEX delivery_job ON delivery (job)",
        "CREATE INDEX delivery_due ON delivery (origin, due) WHERE due IS NOT NULL",
    ]
}
