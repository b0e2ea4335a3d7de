import DequeModule
import Model

/// Which job begins next when a slot is free: of the tenant that holds the fewest slots per unit of weight, the one that came
/// first.
///
/// A tenant that holds less than its share, by weight among those who have jobs, begins the next even when others hold all
/// slots: their jobs may run for days. So all together hold less than twice as many.
struct SlotQueue {
    private struct Tenant {
        var waiting: Deque<(job: JobNumber, since: ContinuousClock.Instant)> = []
        var active = 0
    }

    private var tenants: [TenantName: Tenant] = [:]
    private(set) var active: [JobNumber: TenantName] = [:]

    mutating func add(_ job: JobNumber, of tenant: TenantName, at now: ContinuousClock.Instant = .now) {
        tenants[tenant, default: Tenant()].waiting.append((job, now))
    }

    /// The job whose turn it is, taken out of the queue; nil when none may begin now.
    mutating func next(slots: Int, weight: (TenantName) -> Int) -> (
        job: JobNumber, tenant: TenantName, since: ContinuousClock.Instant
    )? {
        let weights = tenants.keys.reduce(0) { $0 + weight($1) }
        var best: (share: Double, job: JobNumber, tenant: TenantName)?
        for (name, tenant) in tenants {
            guard let job = tenant.waiting.first?.job else { continue }
            let own = max(1, slots * weight(name) / max(1, weights))
            guard active.count < slots || tenant.active < own else { continue }
            let share = Double(tenant.active) / Double(weight(name))
            if let found = best, (found.share, found.job) < (share, job) { continue }
            best = (share, job, name)
        }
        guard let best, let first = tenants[best.tenant]?.waiting.popFirst() else { return nil }
        return (best.job, best.tenant, first.since)
    }

    /// False when it holds a slot already.
    mutating func begin(_ job: JobNumber, of tenant: TenantName) -> Bool {
        guard active.updateValue(tenant, forKey: job) == nil else { return false }
        tenants[tenant, default: Tenant()].active += 1
        return true
    }

    /// It has its slot no longer.
    mutating func end(_ job: JobNumber) {
        guard let tenant = active.removeValue(forKey: job) else { return }
        tenants[tenant]?.active -= 1
        if tenants[tenant]?.active == 0, tenants[tenant]?.waiting.isEmpty == true { tenants[tenant] = nil }
    }
}
