/// A spec that was accepted, and how it fares.
package struct Job: Sendable, Hashable {
    package var number: JobNumber
    package var id: JobID
    package var spec: JobSpec
    package var state: JobState
    /// Counts from 1; retry adds one.
    package var attempt: Int
    /// Why it is in this state, where that is not plain: `shutdown`, `state_disk_full`, ...
    package var stateReason: String?
    package var error: Failure?
    package var counters: JobCounters
    package var scanComplete: Bool
    /// Of its last change of state, attempt or spec: what the feed shows.
    package var revision: Revision
    /// The newest revision of anything of it: itself, its files, its parts.
    package var changed: Revision
    package var createTime: Timestamp
    package var startTime: Timestamp?
    package var updateTime: Timestamp
    package var endTime: Timestamp?

    package init(
        number: JobNumber, id: JobID, spec: JobSpec, state: JobState, attempt: Int, stateReason: String? = nil,
        error: Failure? = nil, counters: JobCounters = JobCounters(), scanComplete: Bool = false, revision: Revision,
        changed: Revision? = nil, createTime: Timestamp, startTime: Timestamp? = nil, updateTime: Timestamp,
        endTime: Timestamp? = nil
    ) {
        self.number = number
        self.id = id
        self.spec = spec
        self.state = state
        self.attempt = attempt
        self.stateReason = stateReason
        self.error = error
        self.counters = counters
        self.scanComplete = scanComplete
        self.revision = revision
        self.changed = changed ?? revision
        self.createTime = createTime
        self.startTime = startTime
        self.updateTime = updateTime
        self.endTime = endTime
    }

    /// How an attempt ends of which nothing runs any more: `failure`, if there is one, has ended it as a whole.
    ///
    /// It has succeeded only when every file that was found is accounted for; anything else is our bug, and said.
    package func ending(with failure: Failure?) -> (state: JobState, error: Failure?) {
        let error = failure ?? unaccounted
        return (JobState.outcome(of: counters, error: error), error)
    }

    private var unaccounted: Failure? {
        let ended = counters.filesSucceeded + counters.filesFailed + counters.filesSkipped
        guard !scanComplete || ended != counters.filesTotal else { return nil }
        return Failure(.internal, "\(counters.filesTotal - ended) of \(counters.filesTotal) files have no outcome")
    }
}
