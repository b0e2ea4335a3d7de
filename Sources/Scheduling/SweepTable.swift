import Model
import Synchronization

/// What a sweep remembers of the intentions that it has tried: when each is due again, and what kept it.
///
/// In memory only: the ledger is durable, and a new process tries all of them at once.
final class SweepTable: Sendable {
    private struct Try {
        var count = 0
        var isUnderWay = false
        var due: ContinuousClock.Instant
        var reason: String?
    }

    private let tries = Mutex<[Int64: Try]>([:])
    private let first: Duration
    private let longest: Duration

    /// - Parameter first: the wait after the first try; it doubles with each further one, up to `longest`.
    init(first: Duration, longest: Duration) {
        self.first = first
        self.longest = longest
    }

    /// What kept the last try from its end.
    func reason(_ intention: Int64) -> String? { tries.withLock { $0[intention]?.reason } }

    /// False: it is being tried already, or it is too early.
    func begin(_ intention: Int64, at now: ContinuousClock.Instant, evenIfEarly: Bool) -> Bool {
        tries.withLock { tries in
            var entry = tries[intention] ?? Try(due: now)
            if entry.isUnderWay || (!evenIfEarly && entry.due > now) { return false }
            entry.isUnderWay = true
            tries[intention] = entry
            return true
        }
    }

    /// The try is over, and the intention still stands; `reason` says why.
    func end(_ intention: Int64, at now: ContinuousClock.Instant, reason: String?) {
        tries.withLock { tries in
            var entry = tries[intention] ?? Try(due: now)
            entry.isUnderWay = false
            entry.reason = reason
            // 2^20 of the shortest wait is above any bound, so the shift can't overflow.
            entry.due = now + min(longest, first * (1 << min(entry.count, 20)))
            entry.count += 1
            tries[intention] = entry
        }
    }

    /// All but these are done with. Returns when the next of them is due; nil when there is none.
    func keep(_ intentions: Set<Int64>) -> ContinuousClock.Instant? {
        tries.withLock { tries in
            tries = tries.filter { intentions.contains($0.key) || $0.value.isUnderWay }
            return tries.values.filter { !$0.isUnderWay }.map(\.due).min()
        }
    }
}
