package import Model
package import Storage

package actor Scheduler {
    package nonisolated let store: JobStore
    package nonisolated let feed: ChangeFeed

    init(store: JobStore, feed: ChangeFeed) {
        self.store = store
        self.feed = feed
    }

    /// How a submission was taken.
    package enum Submitted: Sendable {
        case created(JobStatus)
        /// The same idempotency key, or the same id, with the same spec.
        case existing(JobStatus)
    }

    package func submit(
        _ spec: JobSpec, id: JobID? = nil, idempotencyKey: String? = nil
    ) async throws(SchedulerError) -> Submitted { preconditionFailure() }
    package func plan(_ spec: JobSpec) async throws(SchedulerError) -> TransferPlan { preconditionFailure() }
    package nonisolated func status(_ id: JobID) async throws(SchedulerError) -> JobStatus { preconditionFailure() }
    package nonisolated func status(of job: Job) async throws(SchedulerError) -> JobStatus { preconditionFailure() }
    package func cancel(_ id: JobID) async throws(SchedulerError) -> JobStatus { preconditionFailure() }
    package func pause(_ id: JobID) async throws(SchedulerError) -> JobStatus { preconditionFailure() }
    package func resume(_ id: JobID) async throws(SchedulerError) -> JobStatus { preconditionFailure() }
    package func retry(_ id: JobID) async throws(SchedulerError) -> JobStatus { preconditionFailure() }
    package func patch(_ id: JobID, _ patch: JobPatch) async throws(SchedulerError) -> JobStatus {
        preconditionFailure()
    }
    package func delete(_ id: JobID) async throws(SchedulerError) { preconditionFailure() }
    package nonisolated var limits: Limits { preconditionFailure() }
    package func setLimits(_ patch: LimitsPatch) async -> Limits { preconditionFailure() }
    package nonisolated var stores: [StoreDescription] { preconditionFailure() }
    /// What moves now of a job, by file and part number. Cheap: memory only.
    package nonisolated func liveParts(of job: JobNumber) -> [LivePart] { preconditionFailure() }
    package nonisolated func liveState(of job: JobNumber) -> LiveState { preconditionFailure() }
    /// Nil when ready; else why not: draining, or the state can't be written.
    package nonisolated var unreadyReason: String? { preconditionFailure() }
    package nonisolated var isDraining: Bool { preconditionFailure() }
}
