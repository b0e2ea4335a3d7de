/// A spec that was accepted, and how it fares.
package struct Job: Sendable, Hashable {
    package var number: JobNumber
    package var id: JobID
    /// Whose it is; ids are unique among a tenant's jobs.
    package var tenant: TenantName
    package var spec: JobSpec
    package var state: JobState
    /// Counts from 1; retry adds one.
    package var attempt: Int
    /// Why it is in this state, where that is not plain: `shutdown`, `state_disk_full`, ...
    package var stateReason: String?
    package var error: Failure?
    package var counters: JobCounters
    /// What the attempt's `fraction` was before a file's size changed: a file that shrinks takes bytes out of the totals.
    package var fractionReached: Double
    package var scanComplete: Bool
    /// Of its last change of state, attempt or spec: what the feed shows.
    package var revision: Revision
    /// The newest revision of anything of it: itself, its files, its parts.
    package var changed: Revision
    /// Where the caller's trace stood when it was submitted.
    package var traceParent: TraceParent?
    package var createTime: Timestamp
    package var startTime: Timestamp?
    package var updateTime: Timestamp
    package var endTime: Timestamp?

    package init(
        number: JobNumber, id: JobID, tenant: TenantName = .default, spec: JobSpec, state: JobState, attempt: Int,
        stateReason: String? = nil, error: Failure? = nil, counters: JobCounters = JobCounters(),
        fractionReached: Double = 0, scanComplete: Bool = false, revision: Revision,
        changed: Revision? = nil, createTime: Timestamp, startTime: Timestamp? = nil, updateTime: Timestamp,
        endTime: Timestamp? = nil, traceParent: TraceParent? = nil
    ) {
        self.number = number
        self.id = id
        self.tenant = tenant
        self.spec = spec
        self.state = state
        self.attempt = attempt
        self.stateReason = stateReason
        self.error = error
        self.counters = counters
        self.fractionReached = fractionReached
        self.scanComplete = scanComplete
        self.revision = revision
        self.changed = changed ?? revision
        self.createTime = createTime
        self.startTime = startTime
        self.updateTime = updateTime
        self.endTime = endTime
        self.traceParent = traceParent
    }

    /// The counters' fraction, which within an attempt never falls.
    package var fraction: Double { max(counters.fraction, fractionReached) }

    /// What no other job of any tenant is called; for names outside of the service.
    package var uniqueName: String { tenant == .default ? id.rawValue : "\(tenant)/\(id)" }
}
