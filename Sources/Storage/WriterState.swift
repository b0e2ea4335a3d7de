internal import Model

/// What the writer knows beside the database. A transaction works on a copy, which counts once it was committed.
struct WriterState: Sendable {
    /// How many revisions are reserved at once: one durable write for a million changes.
    static let block: Int64 = 1_000_000

    /// The last one given.
    var revision: Int64
    /// Stored durably before any revision up to it is shown. At the next start counting goes on behind it, so that a
    /// revision that was shown is never given again, whatever a power loss takes back.
    var ceiling: Int64
    /// Jobs in the state `queued`, of each tenant.
    var queued: [TenantName: Int]
    /// Of all jobs with numbers up to `talliedUpTo`, and so of all once that is the largest number there is.
    var jobs = JobTally()
    var talliedUpTo: Int64 = 0
    /// Rows of the ledger, and those of them that carry a report.
    var intentions = 0
    var reports = 0
    /// Messages to webhooks that are still to be delivered.
    var pendingDeliveries = 0
    /// Jobs whose source is scanned again: `addFiles` passes over paths that it knows.
    var rescanning: Set<JobNumber> = []
    /// Whether the connection's commits wait for the disk at present.
    var isFullySynchronous = false
    /// The first record that no table would take, until `flush` tells it.
    var fault: StorageError?
}
