package import Model
import Synchronization

/// Hands out permits by the rules of `SchedulerState`.
///
/// Grants are made under a lock and not in the scheduler's actor: a permit gives itself back in `deinit`, which can't
/// await, and a slot must not idle for the length of an actor's mailbox. Any thread may call; nothing blocks.
///
/// Time matters only while a store is paced: then the rules hear it before each call, and a timer wakes those whose turn
/// has come. Otherwise no clock is read.
package final class PermitPool: Sendable {
    private struct Guarded {
        var rules: SchedulerState
        var nextID: SchedulerState.WaiterID = 0
        var continuations: [SchedulerState.WaiterID: CheckedContinuation<Void, any Error>] = [:]
        /// Whoever waits until nothing of a job is in flight.
        var idleWaiters: [JobNumber: [CheckedContinuation<Void, Never>]] = [:]
        /// What the timer is set to; nil when it has rung or was not needed.
        var wakesAt: Duration?
    }

    private typealias Granted = [CheckedContinuation<Void, any Error>]

    /// Timers that lie closer together are one: the rates let late requests catch up.
    private static let finestWait = Duration.milliseconds(1)

    private let guarded: Mutex<Guarded>
    private let now: @Sendable () -> Duration
    /// The rules' `round`, for permits, which are made outside the lock.
    private let round = Atomic<UInt64>(0)
    private let wakeUp = Mutex<WakeUp?>(nil)

    /// - Parameter now: a clock that only grows, at the pace of real time.
    package init(cap: Int, now: @escaping @Sendable () -> Duration = PermitPool.uptime) {
        guarded = Mutex(Guarded(rules: SchedulerState(cap: cap)))
        self.now = now
    }

    /// Time that the machine was awake, which is what Dispatch's timers count.
    package static let uptime: @Sendable () -> Duration = {
        let origin = SuspendingClock.now
        return { origin.duration(to: .now) }
    }()

    /// Waits for the right to one exchange.
    /// - Throws: `CancellationError` when the task is cancelled while it waits. Nothing is held then.
    package func acquire(
        for job: JobNumber, urgency: SchedulerState.Urgency, store: StoreName
    ) async throws -> Permit {
        let isGranted = guarded.withLock { guarded in
            hearTime(&guarded)
            return guarded.rules.takeIfIdle(job, store: store)
        }
        if !isGranted { try await wait(for: job, urgency: urgency, store: store) }
        let round = round.load(ordering: .relaxed)
        return Permit(round: round) { [self] in release(job: job, store: store, round: round) }
    }

    private func wait(for job: JobNumber, urgency: SchedulerState.Urgency, store: StoreName) async throws {
        let id = guarded.withLock { guarded in
            guarded.nextID += 1
            return guarded.nextID
        }
        let waiter = SchedulerState.Waiter(id: id, urgency: urgency, store: store)
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let granted: Granted? = guarded.withLock { guarded in
                    // A cancel that came first has found nothing to withdraw, so it is looked for here, under the lock.
                    if Task.isCancelled { return nil }
                    guarded.continuations[id] = continuation
                    hearTime(&guarded)
                    return take(guarded.rules.request(waiter, for: job), &guarded)
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
                return (CheckedContinuation<Void, any Error>?.none, Granted())
            }
            hearTime(&guarded)
            return (continuation, take(guarded.rules.withdraw(waiter, of: job), &guarded))
        }
        cancelled?.resume(throwing: CancellationError())
        for continuation in granted { continuation.resume() }
    }

    private func release(job: JobNumber, store: StoreName, round: UInt64) {
        let (granted, idle) = guarded.withLock { guarded in
            hearTime(&guarded)
            let granted = take(guarded.rules.release(store, of: job, round: round), &guarded)
            let isIdle = guarded.rules.inFlight(of: job) == 0
            return (granted, isIdle ? guarded.idleWaiters.removeValue(forKey: job) ?? [] : [])
        }
        for continuation in granted { continuation.resume() }
        for continuation in idle { continuation.resume() }
    }

    // MARK: Jobs and limits

    package func addJob(_ job: JobNumber, of tenant: TenantName = .default, cap: Int, weight: Int) {
        guarded.withLock { $0.rules.addJob(job, of: tenant, cap: cap, weight: weight) }
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

    /// What the settings give tenants; counts from the next permit on.
    package func setTenants(_ limits: [TenantName: TenantLimits]) {
        resume { $0.setTenants(limits) }
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

    /// The store refused a request so that all slow down.
    ///
    /// - Parameters:
    ///   - round: of the request's permit.
    ///   - after: for how long it wants no request, where it said so.
    package func throttled(_ store: StoreName, round: UInt64, after: Duration?) {
        let granted = guarded.withLock { guarded in
            guarded.rules.advance(to: now())
            return take(guarded.rules.throttled(store, round: round, after: after), &guarded)
        }
        for continuation in granted { continuation.resume() }
    }

    // MARK: Figures

    package var cap: Int { guarded.withLock { $0.rules.cap } }
    package var inFlight: Int { guarded.withLock { $0.rules.inFlight } }
    /// Of all jobs.
    package var waiting: Int { guarded.withLock { $0.rules.waiting } }

    package func inFlight(of job: JobNumber) -> Int { guarded.withLock { $0.rules.inFlight(of: job) } }

    package func inFlight(of tenant: TenantName) -> Int { guarded.withLock { $0.rules.inFlight(of: tenant) } }

    package func hasWaiters(_ job: JobNumber) -> Bool { guarded.withLock { $0.rules.hasWaiters(job) } }

    package func isBackingOff(_ store: StoreName) -> Bool { guarded.withLock { $0.rules.isBackingOff(store) } }

    private func resume(_ change: (inout SchedulerState) -> [SchedulerState.WaiterID]) {
        let granted = guarded.withLock { guarded in
            hearTime(&guarded)
            return take(change(&guarded.rules), &guarded)
        }
        for continuation in granted { continuation.resume() }
    }

    private func take(_ ids: [SchedulerState.WaiterID], _ guarded: inout Guarded) -> Granted {
        if guarded.rules.isPacing { setWakeUp(&guarded) }
        return ids.map { id in
            guard let continuation = guarded.continuations.removeValue(forKey: id) else {
                preconditionFailure("waiter \(id) was granted a permit and has no continuation")
            }
            return continuation
        }
    }

    // MARK: Time

    private func hearTime(_ guarded: inout Guarded) {
        if guarded.rules.isPacing { guarded.rules.advance(to: now()) }
    }

    /// Sees to it that whoever waits for a store's rate is woken.
    private func setWakeUp(_ guarded: inout Guarded) {
        round.store(guarded.rules.round, ordering: .relaxed)
        guard let start = guarded.rules.nextStart else { return }
        if let wakesAt = guarded.wakesAt, wakesAt <= start { return }
        let time = now()
        let wakesAt = max(start, time + Self.finestWait)
        guarded.wakesAt = wakesAt
        wakeUp.withLock { wakeUp in
            let timer = wakeUp ?? WakeUp { [weak self] in self?.ring() }
            wakeUp = timer
            timer.set(after: wakesAt - time)
        }
    }

    private func ring() {
        let granted = guarded.withLock { guarded in
            guarded.wakesAt = nil
            hearTime(&guarded)
            return take(guarded.rules.resume(), &guarded)
        }
        for continuation in granted { continuation.resume() }
    }
}
