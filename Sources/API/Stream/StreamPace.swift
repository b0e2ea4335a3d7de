package import Model

/// When a stream writes from memory, when it must be heard, and how long it may wait. Pure: moments come in.
package struct StreamPace {
    /// A second, of all readers together: each costs some 50 microseconds, which are taken from the jobs.
    static let mostTicks = 500

    private let interval: Duration
    private let heartbeat: Duration
    private var nextTick: ContinuousClock.Instant
    private var lastWrite: ContinuousClock.Instant
    private var lastID: ContinuousClock.Instant
    private var sentID: Revision

    package init(interval: Duration, heartbeat: Duration, start: Revision, now: ContinuousClock.Instant) {
        self.interval = interval
        self.heartbeat = heartbeat
        nextTick = now.advanced(by: interval)
        lastWrite = now
        lastID = now
        sentID = start
    }

    /// Something was written; `id` is the last one in it.
    package mutating func wrote(id: Revision?, now: ContinuousClock.Instant) {
        lastWrite = now
        guard let id else { return }
        sentID = id
        lastID = now
    }

    /// Whether events from memory are due; the next ones are an interval later, or more where many read.
    ///
    /// - Parameter readers: of all streams.
    package mutating func takeTick(now: ContinuousClock.Instant, readers: Int) -> Bool {
        guard now >= nextTick else { return false }
        nextTick = now.advanced(by: max(interval, .seconds(1) * readers / Self.mostTicks))
        return true
    }

    /// Whether a heartbeat is due, and the id that it carries. One with an id is due also while other events flow:
    /// else a reader whose filter hides all stored changes would begin far behind when it comes back.
    package func heartbeat(reached: Revision, now: ContinuousClock.Instant) -> (isDue: Bool, id: Revision?) {
        let id = reached > sentID ? reached : nil
        let isSilent = now >= lastWrite.advanced(by: heartbeat)
        return (isSilent || (id != nil && now >= lastID.advanced(by: heartbeat)), id)
    }

    /// Until the next moment at which something may be due.
    package func patience(now: ContinuousClock.Instant, hasTicks: Bool) -> Duration {
        let beat = lastWrite.advanced(by: heartbeat)
        return max(.milliseconds(1), now.duration(to: hasTicks ? min(nextTick, beat) : beat))
    }
}
