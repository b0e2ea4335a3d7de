import Model

/// A job at one moment, as all readers of its stream share it.
struct JobView: Sendable {
    /// Read before the job: every stored change of it up to here is in it.
    let watermark: Revision
    /// Nil once it was deleted.
    let job: Job?
    /// The `job.progress` event, encoded.
    let progress: [UInt8]
}
