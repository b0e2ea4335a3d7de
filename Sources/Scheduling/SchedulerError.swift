package import Model

/// Why the scheduler refuses a call.
package struct SchedulerError: Error, Sendable {
    package enum Code: Sendable {
        case jobNotFound
        /// The call makes no sense in this state.
        case conflict(JobState)
        /// The id stands for a job with another spec.
        case idInUse
        case idempotencyKeyReused
        /// No new job is taken: the service is about to stop.
        case draining
        case tooManyJobs
        /// The state directory can't be written.
        case stateUnavailable
        case invalidSpec([SpecFault])
        case pathNotAllowed
        /// The settings do not give the tenant these buckets or keys.
        case forbidden([SpecFault])
        case sourceNotFound
        case unknownStore
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}
