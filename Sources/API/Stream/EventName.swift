import Model

/// The events of the stream, stored ones and those from memory.
package enum EventName: String, Sendable, CaseIterable {
    case jobQueued = "job.queued"
    case jobRunning = "job.running"
    case jobPausing = "job.pausing"
    case jobPaused = "job.paused"
    case jobCancelling = "job.cancelling"
    case jobSucceeded = "job.succeeded"
    case jobPartiallySucceeded = "job.partially_succeeded"
    case jobFailed = "job.failed"
    case jobCancelled = "job.cancelled"
    case jobDeleted = "job.deleted"
    case fileSucceeded = "file.succeeded"
    case fileFailed = "file.failed"
    case fileSkipped = "file.skipped"
    case partSucceeded = "part.succeeded"
    case partFailed = "part.failed"
    /// From memory: the whole job, first in its stream.
    case jobSnapshot = "job.snapshot"
    /// From memory: counters.
    case jobProgress = "job.progress"
    /// From memory: all parts in flight.
    case partProgress = "part.progress"

    init(_ state: JobState) {
        switch state {
        case .queued: self = .jobQueued
        case .running: self = .jobRunning
        case .pausing: self = .jobPausing
        case .paused: self = .jobPaused
        case .cancelling: self = .jobCancelling
        case .succeeded: self = .jobSucceeded
        case .partiallySucceeded: self = .jobPartiallySucceeded
        case .failed: self = .jobFailed
        case .cancelled: self = .jobCancelled
        }
    }

    /// Nil for a file whose state is no event: it waits again, after a retry.
    init?(_ state: FileState) {
        switch state {
        case .succeeded: self = .fileSucceeded
        case .failed: self = .fileFailed
        case .skipped: self = .fileSkipped
        case .pending, .inFlight: return nil
        }
    }

    init?(_ state: PartState) {
        switch state {
        case .succeeded: self = .partSucceeded
        case .failed: self = .partFailed
        case .pending, .inFlight: return nil
        }
    }

    /// Whether a job's stream is over behind it.
    var isEnd: Bool {
        switch self {
        case .jobSucceeded, .jobPartiallySucceeded, .jobFailed, .jobCancelled, .jobDeleted: true
        default: false
        }
    }
}
