/// Where a job stands. The scheduler moves it on; a caller asks for it by cancel, pause, resume and retry.
package enum JobState: String, Sendable, Codable, CaseIterable {
    /// Stored, not begun. Moves on by itself when a slot is free; cancel and pause reach it.
    case queued
    /// Its source is scanned and its files move. Ends by itself.
    case running
    /// Asked to pause: requests in flight finish, no new ones begin.
    case pausing
    /// Nothing is in flight. Only resume or cancel moves it on.
    case paused
    /// Asked to cancel: requests are cut and open multipart uploads aborted.
    case cancelling
    /// Final: every file that was found was moved, or skipped on purpose.
    case succeeded
    /// Final: some files moved, some failed. Retry moves what failed.
    case partiallySucceeded = "partially_succeeded"
    /// Final: nothing moved and something failed, or the job as a whole could not run. Retry after mending the cause.
    case failed
    /// Final: a caller ended it. Retry moves what is left.
    case cancelled

    package var isFinal: Bool {
        switch self {
        case .succeeded, .partiallySucceeded, .failed, .cancelled: true
        case .queued, .running, .pausing, .paused, .cancelling: false
        }
    }

    /// What an attempt that has come to its end is called (API.md, Fine points).
    package static func outcome(of counters: JobCounters, error: Failure?) -> JobState {
        if error != nil, counters.filesSucceeded == 0 { return .failed }
        if counters.filesFailed == 0, error == nil { return .succeeded }
        return counters.filesSucceeded == 0 ? .failed : .partiallySucceeded
    }

    /// How an attempt ends of which nothing runs any more: `failure`, if there is one, has ended it as a whole.
    ///
    /// It has succeeded only when every file that was found is accounted for; anything else is our bug, and said.
    package static func end(
        of counters: JobCounters, scanComplete: Bool, failure: Failure?
    ) -> (state: JobState, error: Failure?) {
        var error = failure
        let ended = counters.filesSucceeded + counters.filesFailed + counters.filesSkipped
        if error == nil, !scanComplete || ended != counters.filesTotal {
            let (left, total) = (counters.filesTotal - ended, counters.filesTotal)
            error = Failure(.internal, "\(left) of \(total) files have no outcome")
        }
        return (outcome(of: counters, error: error), error)
    }
}

/// Where a file of a job stands. `inFlight` is known in memory only; the store keeps such a file as pending.
package enum FileState: String, Sendable, Codable, CaseIterable {
    case pending
    case inFlight = "in_flight"
    case succeeded
    case failed
    case skipped
}

/// Where a part of a multipart file stands. `pending` and `inFlight` are never stored.
package enum PartState: String, Sendable, Codable, CaseIterable {
    case pending
    case inFlight = "in_flight"
    case succeeded
    case failed
}
