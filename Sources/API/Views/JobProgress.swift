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

    package init(_ job: Job, _ live: LiveState) {
        counters = job.counters
        self.live = live
        scanComplete = job.scanComplete
        if job.state == .succeeded {
            millionths = 1_000_000
        } else if job.scanComplete {
            // Rounded down and cut alike at every moment, so it grows as the counters do.
            millionths = min(999_999, max(0, Int(job.counters.fraction * 1_000_000)))
        } else {
            millionths = nil
        }
    }

    private var filesOpen: Int {
        max(0, counters.filesTotal - counters.filesSucceeded - counters.filesFailed - counters.filesSkipped)
    }

    /// A file that has just ended may still be counted in memory, so it is never more than what is open.
    package var filesInFlight: Int { min(live.filesInFlight, filesOpen) }
    package var filesPending: Int { filesOpen - filesInFlight }
}
