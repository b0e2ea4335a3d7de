/// How many, how long: the scheduler's settings. API.md names their defaults.
package struct SchedulerConfiguration: Sendable {
    /// The global cap on S3 requests in flight: 1 to 65,536.
    package var concurrency = 64
    package var maximumRunningJobs = 1_000
    package var maximumQueuedJobs = 100_000
    /// How long an ended job is kept.
    package var retention: Duration = .seconds(2_592_000)
    /// How long requests in flight may take after a pause or SIGTERM before they are cut.
    package var drain: Duration = .seconds(30)
    /// How long `validate_only` may scan.
    package var planFor: Duration = .seconds(30)
    /// The wait before an upload that could not be aborted, or found, is looked at again: doubled each time, up to the
    /// longest.
    package var sweepAfter: Duration = .seconds(2)
    package var sweepAtLeastEvery: Duration = .seconds(300)
    /// How long a job's end waits for its uploads to be aborted; the sweep does the rest.
    package var abortFor: Duration = .seconds(15)

    package init() {}
}
