package import Model
package import Scheduling

/// How far a job is, from its stored counters and what only memory knows.
package struct JobProgress: Sendable {
    package let counters: JobCounters
    package let live: LiveState
    package let scanComplete: Bool
    /// Of 1: nil until the scan is complete; 1,000,000 only for a job that has ended with everything moved.
    ///
    ///     1 of 2 files, 10 of 30 bytes       ->  343,750
    ///     all moved, the job not ended yet   ->  999,999
    package let millionths: Int?
    /// Now, while the job runs; over all its time once it has ended.
    package let bytesPerSecond: Int64

    package init(_ job: Job, _ live: LiveState) {
        counters = job.counters
        self.live = live
        scanComplete = job.scanComplete
        bytesPerSecond = Self.average(job) ?? live.bytesPerSecond
        if job.state == .succeeded {
            millionths = 1_000_000
        } else if job.scanComplete {
            // Rounded down and cut alike at every moment, so it grows as the counters do.
            millionths = min(999_999, max(0, Int(job.fraction * 1_000_000)))
        } else {
            millionths = nil
        }
    }

    /// As `millionths`, but with what has been sent of unfinished requests: for people, who see it move. It falls when a
    /// request has to be repeated.
    package var millionthsSent: Int? {
        guard let millionths, millionths < 1_000_000, live.bytesInFlight > 0 else { return millionths }
        var sent = counters
        sent.bytesSucceeded += Int(live.bytesInFlight)
        return min(999_999, max(millionths, Int(sent.fraction * 1_000_000)))
    }

    private static func average(_ job: Job) -> Int64? {
        guard job.state.isFinal, let start = job.startTime, let end = job.endTime else { return nil }
        let seconds = end.since(start).inSeconds
        return seconds > 0 ? Int64(Double(job.counters.bytesSucceeded) / seconds) : 0
    }

    private var filesOpen: Int {
        max(0, counters.filesTotal - counters.filesSucceeded - counters.filesFailed - counters.filesSkipped)
    }

    /// A file that has just ended may still be counted in memory, so it is never more than what is open.
    package var filesInFlight: Int { min(live.filesInFlight, filesOpen) }
    package var filesPending: Int { filesOpen - filesInFlight }
}
