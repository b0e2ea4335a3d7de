import Model

/// A store that has asked to slow down: its rate, and whose turn it is: a tenant's first, then one of its jobs'.
struct PacedStore: Sendable {
    /// When something may begin at a store, at the earliest: times only grow, so that an old one comes up too early.
    struct Start: Sendable, Comparable {
        var time: Double
        var store: StoreName

        static func < (left: Self, right: Self) -> Bool { left.time < right.time }
    }

    var rate: StoreRate
    /// Whether it stands among the rules' `starts`.
    var isAwaited = false
    /// Tenants with jobs whose next request waits for this store.
    private var tenants = TurnLine<Int>()
    /// The jobs of each.
    private var jobs: [Int: TurnLine<JobNumber>] = [:]

    init(rate: StoreRate) { self.rate = rate }

    /// Whether any job's next request waits for this store.
    var hasBlocked: Bool { !tenants.isEmpty }

    /// Jobs whose next request waits for this store.
    var blocked: [JobNumber] { jobs.values.flatMap(\.waiting) }

    /// The job's next request waits for this store.
    mutating func block(_ job: JobNumber, of tenant: Int) {
        jobs[tenant, default: TurnLine()].add(job)
        tenants.add(tenant)
    }

    /// The job that goes next; it is blocked no more.
    mutating func unblockFirst() -> JobNumber? {
        while let tenant = tenants.popFirst() {
            guard let job = jobs[tenant]?.popFirst() else { continue }
            if jobs[tenant]?.isEmpty == false { tenants.add(tenant) }
            return job
        }
        return nil
    }

    mutating func start(_ job: JobNumber, weight: Int, of tenant: Int, ofWeight tenantWeight: Int, now: Double) {
        tenants.start(tenant, weight: tenantWeight)
        // More of its jobs may wait.
        tenants.putBack(tenant)
        jobs[tenant, default: TurnLine()].start(job, weight: weight)
        rate.start(now: now)
    }

    mutating func forget(_ job: JobNumber, of tenant: Int) {
        jobs[tenant]?.forget(job)
        if jobs[tenant]?.isEmpty == true { tenants.remove(tenant) }
    }
}
