import Synchronization

/// Counts requests. Any thread may call; one short lock.
final class Meter: Sendable {
    private struct Counters {
        var requests: [S3Operation: Int] = [:]
        var errors: [String: Int] = [:]
        var abandoned = 0
        var bytesReceived: Int64 = 0
        var bytesSent: Int64 = 0
        var all: Gauge
        var buckets: [String: Gauge] = [:]
        var waiters: [Waiter] = []
    }

    private struct Waiter {
        let id: Int
        let isSatisfied: @Sendable (StoreStatistics) -> Bool
        let continuation: CheckedContinuation<Void, Never>
    }

    /// What became of a request.
    enum Outcome {
        case answered(errorCode: String?, received: Int64, sent: Int64)
        case abandoned
    }

    /// Buckets that are told apart; more share no gauge of their own.
    private static let mostBuckets = 256

    private let counters: Mutex<Counters>
    private let nextWaiter = Atomic<Int>(0)

    init() {
        counters = Mutex(Counters(all: Gauge(now: Self.now)))
    }

    func begin(bucket: String) {
        update { counters, now in
            counters.all.add(1, now: now)
            if counters.buckets[bucket] != nil || counters.buckets.count < Self.mostBuckets {
                counters.buckets[bucket, default: Gauge(now: now)].add(1, now: now)
            }
        }
    }

    func end(_ operation: S3Operation?, bucket: String, _ outcome: Outcome) {
        update { counters, now in
            counters.all.add(-1, now: now)
            if counters.buckets[bucket] != nil { counters.buckets[bucket]?.add(-1, now: now) }
            switch outcome {
            case .abandoned: counters.abandoned += 1
            case .answered(let code, let received, let sent):
                if let operation { counters.requests[operation, default: 0] += 1 }
                if let code { counters.errors[code, default: 0] += 1 }
                counters.bytesReceived += received
                counters.bytesSent += sent
            }
        }
    }

    func snapshot() -> StoreStatistics {
        counters.withLock { Self.statistics(&$0, now: Self.now) }
    }

    /// Forgets everything but what is in flight.
    func reset() {
        update { counters, now in
            counters.requests = [:]
            counters.errors = [:]
            counters.abandoned = 0
            counters.bytesReceived = 0
            counters.bytesSent = 0
            counters.all.reset(now: now)
            counters.buckets = counters.buckets.filter { $0.value.current > 0 }
            for name in counters.buckets.keys { counters.buckets[name]?.reset(now: now) }
        }
    }

    /// Returns as soon as the condition holds, at once when it does already, or when the waiting task is cancelled.
    func wait(until isSatisfied: @escaping @Sendable (StoreStatistics) -> Bool) async {
        let id = nextWaiter.wrappingAdd(1, ordering: .relaxed).newValue
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                counters.withLock { counters in
                    counters.waiters.append(Waiter(id: id, isSatisfied: isSatisfied, continuation: continuation))
                }
                // Also covers a cancellation that came before the waiter was there.
                if Task.isCancelled { cancelWaiter(id) } else { update { _, _ in } }
            }
        } onCancel: {
            cancelWaiter(id)
        }
    }

    private func cancelWaiter(_ id: Int) {
        let waiter = counters.withLock { counters -> Waiter? in
            guard let index = counters.waiters.firstIndex(where: { $0.id == id }) else { return nil }
            return counters.waiters.remove(at: index)
        }
        waiter?.continuation.resume()
    }

    private func update(_ change: (inout Counters, Duration) -> Void) {
        let ready = counters.withLock { counters -> [Waiter] in
            let now = Self.now
            change(&counters, now)
            guard !counters.waiters.isEmpty else { return [] }
            let statistics = Self.statistics(&counters, now: now)
            let ready = counters.waiters.filter { $0.isSatisfied(statistics) }
            counters.waiters.removeAll { waiter in ready.contains { $0.id == waiter.id } }
            return ready
        }
        for waiter in ready { waiter.continuation.resume() }
    }

    private static func statistics(_ counters: inout Counters, now: Duration) -> StoreStatistics {
        var statistics = StoreStatistics()
        for (operation, count) in counters.requests { statistics.requests[operation.rawValue] = count }
        statistics.errors = counters.errors
        statistics.abandoned = counters.abandoned
        statistics.bytesReceived = counters.bytesReceived
        statistics.bytesSent = counters.bytesSent
        counters.all.settle(now)
        statistics.inFlight = inFlight(counters.all)
        for name in counters.buckets.keys where !name.isEmpty {
            counters.buckets[name]?.settle(now)
            statistics.buckets[name] = counters.buckets[name].map(inFlight)
        }
        return statistics
    }

    private static func inFlight(_ gauge: Gauge) -> StoreStatistics.InFlight {
        StoreStatistics.InFlight(
            now: gauge.current, highest: gauge.highest, average: gauge.average,
            busySeconds: Double(gauge.busy.components.seconds) + Double(gauge.busy.components.attoseconds) / 1e18)
    }

    private static let origin = SuspendingClock.now

    private static var now: Duration { SuspendingClock.now - origin }
}
