package import Model
import Synchronization

/// Hands out permits by the rules of `SchedulerState`.
///
/// Grants are made under a lock and not in the scheduler's actor: a permit gives itself back in `deinit`, which can't
/// await, and a slot must not idle for the length of an actor's mailbox. Any thread may call; nothing blocks.
package final class PermitPool: Sendable {
    private struct Guarded {
        var rules: SchedulerState
        var nextID: SchedulerState.WaiterID = 0
        var continuations: [SchedulerState.WaiterID: CheckedContinuation<Void, any Error>] = [:]
        /// Whoever waits until nothing of a job is in flight.
        var idleWaiters: [JobNumber: [CheckedContinuation<Void, Never>]] = [:]
    }

    private let guarded: Mutex<Guarded>

    package init(cap: Int) { guarded = Mutex(Guarded(rules: SchedulerState(cap: cap))) }

    /// Waits for the right to one exchange.
    /// - Throws: `CancellationError` when the task is cancelled while it waits. Nothing is held then.
    package func acquire(
        for job: JobNumber, urgency: SchedulerState.Urgency, store: StoreName
    ) async throws -> Permit {
        let isGranted = guarded.withLock { $0.rules.takeIfIdle(job, store: store) }
        if !isGranted { try await wait(for: job, urgency: urgency, store: store) }
        return Permit { [self] in release(job: job, store: store) }
    }

    private func wait(for job: JobNumber, urgency: SchedulerState.Urgency, store: StoreName) async throws {
        let id = guarded.withLock { guarded in
            guarded.nextID += 1
            return guarded.nextID
        }
        let waiter = SchedulerState.Waiter(id: id, urgency: urgency, store: store)
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let granted: [CheckedContinuation<Void, any Error>]? = guarded.withLock { guarded in
                    // A cancel that came first has found nothing to withdraw, so it is looked for here, under the lock.
                    if Task.isCancelled { return nil }
                    guarded.continuations[id] = continuation
                    let ids = guarded.rules.request(waiter, for: job)
                    return Self.take(ids, &guarded)
                }
                guard let granted else { return continuation.resume(throwing: CancellationError()) }
                for continuation in granted { continuation.resume() }
            }
        } onCancel: {
            withdraw(waiter, of: job)
        }
    }

    private func withdraw(_ waiter: SchedulerState.Waiter, of job: JobNumber) {
        let (cancelled, granted) = guarded.withLock { guarded in
            // Granted before the cancel: the permit is made and given back as ever.
            guard let continuation = guarded.continuations.removeValue(forKey: waiter.id) else {
                return (CheckedContinuation<Void, any Error>?.none, [CheckedContinuation<Void, any Error>]())
            }
            let ids = guarded.rules.withdraw(waiter, of: job)
            return (continuation, Self.take(ids, &guarded))
        }
        cancelled?.resume(throwing: CancellationError())
        for continuation in granted { continuation.resume() }
    }

    private func release(job: JobNumber, store: StoreName) {
        let (granted, idle) = guarded.withLock { guarded in
            let granted = Self.take(guarded.rules.release(store, of: job), &guarded)
            let isIdle = guarded.rules.inFlight(of: job) == 0
            return (granted, isIdle ? guarded.idleWaiters.removeValue(forKey: job) ?? [] : [])
        }
        for continuation in granted { continuation.resume() }
        for continuation in idle { continuation.resume() }
    }

    // MARK: Jobs and limits

    package func addJob(_ job: JobNumber, cap: Int, weight: Int) {
        guarded.withLock { $0.rules.addJob(job, cap: cap, weight: weight) }
    }

    /// Call once no task of the job waits any more.
    package func removeJob(_ job: JobNumber) {
        guarded.withLock { $0.rules.removeJob(job) }
    }

    package func setJob(_ job: JobNumber, cap: Int, weight: Int) {
        resume { $0.setJob(job, cap: cap, weight: weight) }
    }

    package func setCap(_ cap: Int) {
        resume { $0.setCap(cap) }
    }

    /// No further permit for the job until it is let go, or removed.
    package func hold(_ job: JobNumber) { guarded.withLock { $0.rules.hold(job) } }

    package func letGo(_ job: JobNumber) { resume { $0.letGo(job) } }

    /// Holds the job; returns once none of its permits is out, or when the task is cancelled.
    package func drain(_ job: JobNumber) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isIdle = guarded.withLock { guarded in
                    guarded.rules.hold(job)
                    if Task.isCancelled || guarded.rules.inFlight(of: job) == 0 { return true }
                    guarded.idleWaiters[job, default: []].append(continuation)
                    return false
                }
                if isIdle { continuation.resume() }
            }
        } onCancel: {
            let idle = guarded.withLock { $0.idleWaiters.removeValue(forKey: job) ?? [] }
            for continuation in idle { continuation.resume() }
        }
    }

    /// The store asked all to slow down.
    package func throttled(_ store: StoreName) {
        guarded.withLock { $0.rules.throttled(store) }
    }

    // MARK: Figures

    package var cap: Int { guarded.withLock { $0.rules.cap } }
    package var inFlight: Int { guarded.withLock { $0.rules.inFlight } }
    /// Of all jobs.
    package var waiting: Int { guarded.withLock { $0.rules.waiting } }

    package func inFlight(of job: JobNumber) -> Int { guarded.withLock { $0.rules.inFlight(of: job) } }

    package func hasWaiters(_ job: JobNumber) -> Bool { guarded.withLock { $0.rules.hasWaiters(job) } }

    package func isBackingOff(_ store: StoreName) -> Bool { guarded.withLock { $0.rules.isBackingOff(store) } }

    private func resume(_ change: (inout SchedulerState) -> [SchedulerState.WaiterID]) {
        let granted = guarded.withLock { guarded in
            let ids = change(&guarded.rules)
            return Self.take(ids, &guarded)
        }
        for continuation in granted { continuation.resume() }
    }

    private static func take(
        _ ids: [SchedulerState.WaiterID], _ guarded: inout Guarded
    ) -> [CheckedContinuation<Void, any Error>] {
        ids.map { id in
            guard let continuation = guarded.continuations.removeValue(forKey: id) else {
                preconditionFailure("waiter \(id) was granted a permit and has no continuation")
            }
            return continuation
        }
    }
}
