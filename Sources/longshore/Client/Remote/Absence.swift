/// How long a service has been away, and when to ask it next. Pure: moments come in.
struct Absence {
    let patience: Duration
    private var since: ContinuousClock.Instant?
    private var pause = JobFollower.pauses.lowerBound

    init(patience: Duration) { self.patience = patience }

    /// It answered.
    mutating func end() {
        since = nil
        pause = JobFollower.pauses.lowerBound
    }

    /// The pause before the next try; nil when it has been away for too long.
    ///
    ///     patience 1 s: 200 ms, 400 ms, 800 ms, then nil
    mutating func next(now: ContinuousClock.Instant) -> Duration? {
        let since = since ?? now
        self.since = since
        guard now - since < patience else { return nil }
        defer { pause = min(pause * 2, JobFollower.pauses.upperBound) }
        return pause
    }
}
