/// What a webhook can be told of: the job enters a state.
package enum WebhookEvent: String, Sendable, CaseIterable {
    case running = "job.running"
    case paused = "job.paused"
    case succeeded = "job.succeeded"
    case partiallySucceeded = "job.partially_succeeded"
    case failed = "job.failed"
    case cancelled = "job.cancelled"
    /// Any of the four before.
    case finished = "job.finished"

    /// Whether a job that comes to be in `state` is such an event.
    package func isEntering(_ state: JobState) -> Bool {
        self == .finished ? state.isFinal : rawValue == "job.\(state.rawValue)"
    }
}
