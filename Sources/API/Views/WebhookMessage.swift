package import Model
import Scheduling

/// The `data` of a message to a webhook: the job as lists show it, as it was at the event.
package enum WebhookMessage {
    /// A spec that names more paths than this comes without them: a message stays small.
    static let mostPaths = 100

    /// - Parameter failed: the first ten.
    package static func data(_ job: Job, failed: [FileTransfer]) -> [UInt8] {
        var job = job
        if let paths = job.spec.paths, paths.count > mostPaths { job.spec.paths = nil }
        let status = JobStatus(
            job: job, live: LiveState(), queuePosition: 0, waitingFor: nil, failedFiles: failed,
            entityRevision: job.revision)
        var writer = JSONWriter(capacity: 2_048)
        writer.job(status)
        return writer.bytes
    }
}
