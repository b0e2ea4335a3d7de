/// How many requests are in flight: now, at most, and on average while there is any. Pure; the caller brings the time.
///
/// Worked: 2 in flight for 1 s, none for 5 s, 4 for 1 s: highest 4, busy 2 s, average 3.
struct Gauge: Sendable {
    private(set) var current = 0
    private(set) var highest = 0
    /// Time with at least one in flight.
    private(set) var busy: Duration = .zero
    private var weighted = 0.0
    private var changed: Duration

    /// - Parameter now: of any monotonic clock, the same for all calls.
    init(now: Duration) {
        changed = now
    }

    mutating func add(_ difference: Int, now: Duration) {
        settle(now)
        current += difference
        precondition(current >= 0, "more requests ended than began: \(current)")
        highest = max(highest, current)
    }

    /// Forgets the past; what is in flight stays so.
    mutating func reset(now: Duration) {
        highest = current
        busy = .zero
        weighted = 0
        changed = now
    }

    /// Requests in flight, averaged over the busy time; 0 when there was none.
    var average: Double {
        let seconds = Self.seconds(busy)
        return seconds > 0 ? weighted / seconds : 0
    }

    /// Brings `busy` and `average` up to the present.
    mutating func settle(_ now: Duration) {
        if current > 0 {
            let passed = now - changed
            busy += passed
            weighted += Double(current) * Self.seconds(passed)
        }
        changed = now
    }

    private static func seconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
    }
}
