package import Model

/// A job to be stored.
package struct Submission: Sendable {
    package var id: JobID
    package var tenant: TenantName
    package var spec: JobSpec
    /// Unique among the tenant's jobs, as is the id.
    package var idempotencyKey: String?
    package var createTime: Timestamp
    package var traceParent: TraceParent?

    package init(
        id: JobID, tenant: TenantName = .default, spec: JobSpec, idempotencyKey: String?, createTime: Timestamp,
        traceParent: TraceParent? = nil
    ) {
        self.traceParent = traceParent
        self.id = id
        self.tenant = tenant
        self.spec = spec
        self.idempotencyKey = idempotencyKey
        self.createTime = createTime
    }
}

package enum SubmissionOutcome: Sendable {
    /// `queuedBefore`: its place in its tenant's queue.
    case created(Job, queuedBefore: Int)
    /// The same id or idempotency key with the same spec: the job of the first time.
    case existing(Job)
    /// The same id with another spec.
    case conflictingID(Job)
    /// The same idempotency key with another spec.
    case conflictingKey(Job)
    /// More of the tenant's jobs are queued than the settings allow.
    case full
}

/// What became of a job that has come to its end.
package enum JobEnd: Sendable {
    case ended(JobState)
    /// Nothing was changed: multipart uploads of it are open, or a record could not be stored. See to that first.
    case unsettled
    /// It is neither running nor pausing, or gone: a command was faster.
    case overtaken
}

/// How a file ended. `counters` is what its end adds to the job's totals: stored in the same transaction.
package struct FileOutcome: Sendable {
    package var job: JobNumber
    package var number: FileNumber
    package var state: FileState
    package var size: Int64
    package var skipReason: String?
    package var attempts: Int
    package var etag: ETag?
    package var checksum: Checksum?
    package var failure: Failure?
    package var startTime: Timestamp
    package var endTime: Timestamp
    package var counters: JobCounters

    package init(
        job: JobNumber, number: FileNumber, state: FileState, size: Int64, skipReason: String? = nil, attempts: Int,
        etag: ETag? = nil, checksum: Checksum? = nil, failure: Failure? = nil, startTime: Timestamp,
        endTime: Timestamp, counters: JobCounters
    ) {
        self.job = job
        self.number = number
        self.state = state
        self.size = size
        self.skipReason = skipReason
        self.attempts = attempts
        self.etag = etag
        self.checksum = checksum
        self.failure = failure
        self.startTime = startTime
        self.endTime = endTime
        self.counters = counters
    }
}

/// How a part of a multipart file ended.
package struct PartOutcome: Sendable {
    package var job: JobNumber
    package var part: Part
    package var counters: JobCounters

    package init(job: JobNumber, part: Part, counters: JobCounters) {
        self.job = job
        self.part = part
        self.counters = counters
    }
}

/// A multipart upload that is about to be created: written before the request, closed once the upload was completed
/// or is known to be gone. What stays open after a crash may be an orphan at the store.
package struct Intention: Sendable, Hashable {
    package var id: Int64
    package var job: JobNumber
    package var file: FileNumber
    package var store: StoreName
    package var location: ObjectLocation
    package var createTime: Timestamp
    /// Nil until CreateMultipartUpload was answered and recorded.
    package var uploadID: UploadID?
    /// Since when nobody goes on with it: what there is of it is looked for and aborted. Nil: a run has it, or a later
    /// one will.
    package var lostTime: Timestamp?
    /// Why it is left to a person: a possible orphan.
    package var report: String?

    package init(
        id: Int64, job: JobNumber, file: FileNumber, store: StoreName, location: ObjectLocation,
        createTime: Timestamp, uploadID: UploadID?, lostTime: Timestamp? = nil, report: String? = nil
    ) {
        self.id = id
        self.job = job
        self.file = file
        self.store = store
        self.location = location
        self.createTime = createTime
        self.uploadID = uploadID
        self.lostTime = lostTime
        self.report = report
    }
}

/// What the ledger says of one key: who may have an upload there, and which uploads it knows.
package struct KeyLedger: Sendable {
    /// Open ones, by id.
    package var intentions: [Intention]
    /// Those of the intentions, and those that their files were sent by.
    package var uploads: Set<UploadID>

    package init(intentions: [Intention], uploads: Set<UploadID>) {
        self.intentions = intentions
        self.uploads = uploads
    }
}

/// What one commit made visible.
package struct Commit: Sendable {
    /// Every stored change up to this revision can be read.
    package var watermark: Revision
    /// Jobs whose row, files or parts changed.
    package var jobs: Set<JobNumber>
    /// Those of them whose own row changed, or that were submitted or deleted: what a reader of `job.*` waits for.
    package var jobEvents: Set<JobNumber>
    /// Whether there is something new to send to webhooks.
    package var hasDeliveries: Bool

    package init(
        watermark: Revision, jobs: Set<JobNumber>, jobEvents: Set<JobNumber>, hasDeliveries: Bool = false
    ) {
        self.hasDeliveries = hasDeliveries
        self.watermark = watermark
        self.jobs = jobs
        self.jobEvents = jobEvents
    }
}

/// Which jobs a list shows.
package struct JobFilter: Sendable {
    /// Nil: of every tenant.
    package var tenant: TenantName?
    package var states: Set<JobState>?
    package var kind: JobSpec.Kind?
    package var labels: [String: String]

    package init(
        tenant: TenantName? = nil, states: Set<JobState>? = nil, kind: JobSpec.Kind? = nil,
        labels: [String: String] = [:]
    ) {
        self.tenant = tenant
        self.states = states
        self.kind = kind
        self.labels = labels
    }
}

/// What a reader of the feed wants to see.
package struct ChangeFilter: Sendable {
    /// Nil: of every tenant. Counts where changes of all jobs are read.
    package var tenant: TenantName?
    package var jobs: Bool
    package var files: Bool
    package var parts: Bool

    package init(tenant: TenantName? = nil, jobs: Bool = true, files: Bool = true, parts: Bool = true) {
        self.tenant = tenant
        self.jobs = jobs
        self.files = files
        self.parts = parts
    }
}

/// A batch of the feed: every change that the filter admits behind the reader's revision, up to `reached`.
package struct ChangeBatch: Sendable {
    /// In growing revisions.
    package var changes: [Change]
    /// A reader goes on behind this revision: all up to it was shown or filtered out.
    package var reached: Revision
    /// Whether more is stored behind `reached` already.
    package var hasMore: Bool

    package init(changes: [Change], reached: Revision, hasMore: Bool) {
        self.changes = changes
        self.reached = reached
        self.hasMore = hasMore
    }
}
