import Model

/// Why a job's run ends before its files do.
enum StopReason: Sendable {
    /// A caller cancelled the job: requests are cut, uploads aborted.
    case cancel
    /// A caller paused it: what is in flight was let finish, uploads stay.
    case pause
    /// The service stops: as a pause, but the job goes on at the next start.
    case shutdown
    /// Nothing more can come of it, or `on_error` is `stop`: the job ends with this.
    case failure(Failure)

    func isStrongerThan(_ other: StopReason?) -> Bool {
        switch (self, other) {
        case (.cancel, .pause), (.cancel, .failure), (.shutdown, .pause): true
        default: false
        }
    }
}
