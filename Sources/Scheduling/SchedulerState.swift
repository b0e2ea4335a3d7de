import DequeModule
import HeapModule
package import Model

/// Who may send next: the rules of the cap, of fairness and of a store's slow-down, with no clock, no lock and no I/O.
///
/// - Requests in flight never exceed the global cap, those of a tenant or a job never its own. Requests to a store that has
///   asked to slow down begin at its `StoreRate`, for all jobs together.
/// - While tenants compete, the next permit goes to the tenant with the fewest in flight per unit of weight (max-min fairness;
///   Bertsekas and Gallager, "Data Networks", 6.5.2), and so among its jobs. Slots are whole, shares are not: each grant
///   adds a fraction to the count, drawn from the golden-ratio sequence, so that over time 16 slots at weights 9 and 1 are
///   held 14.4 : 1.6.
/// - Whose share is less than one slot can't hold a part of it: with nothing in flight it stands in line for its turn
///   (`FairLine`), so that 64 permits serve 1,000 jobs by weight, and none waits for ever.
/// - Within a job requests of started files go first, in their order; among new files the largest known first.
///   While a store's rate binds there is nearly nothing in flight to compare, and its turns are shared out by weight instead
///   (start-time fair queueing; Goyal, Vin and Cheng, 1996).
/// - Nothing idles while anything could run.
///
/// Every mutating call returns what its owner must do then. `PermitPool` drives it, under its lock.
package struct SchedulerState: Sendable {
    package typealias WaiterID = UInt64

    /// Where in its job a request stands.
    package enum Urgency: Sendable, Hashable {
        /// Of a file that has begun: a part, its completion, its abort, a repeated attempt.
        case startedFile
        /// The first of a file of this many bytes.
        case newFile(size: Int64)
    }

    package struct Waiter: Sendable {
        package var id: WaiterID
        package var urgency: Urgency
        package var store: StoreName

        package init(id: WaiterID, urgency: Urgency, store: StoreName) {
            self.id = id
            self.urgency = urgency
            self.store = store
        }
    }

    struct NewFile: Sendable, Comparable {
        var size: Int64
        var waiter: Waiter

        static func < (left: Self, right: Self) -> Bool {
            // The largest first; of equals the one that came first.
            left.size != right.size ? left.size < right.size : left.waiter.id > right.waiter.id
        }

        static func == (left: Self, right: Self) -> Bool { left.waiter.id == right.waiter.id }
    }

    struct JobEntry: Sendable {
        /// Its place in `tenants`.
        let tenant: Int
        var standing: Standing
        var isHeld = false
        var started: Deque<Waiter> = []
        var new: Heap<NewFile> = []
        /// Waiters that gave up while they stood in `new`; they are passed over when they come to the top.
        var gone: Set<WaiterID> = []

        var next: Waiter? { started.first ?? new.max?.waiter }
        /// Whether it has a permit or wants one.
        var competes: Bool { standing.inFlight > 0 || next != nil && !isHeld }
        var mayHaveMore: Bool { !isHeld && standing.inFlight < standing.cap }
    }

    package private(set) var cap: Int
    package private(set) var inFlight = 0
    package private(set) var waiting = 0
    var jobs: [JobNumber: JobEntry] = [:]
    /// Those that have asked to slow down and have not recovered; most of the time none.
    var paced: [StoreName: PacedStore] = [:]
    /// Of `advance`.
    var now = 0.0
    /// Rounds of all stores' rates that have begun. A permit carries the number that stood here when it was granted.
    package var round: UInt64 = 0
    /// Stores at which jobs wait, each by a time before which nothing may begin there.
    var starts: Heap<PacedStore.Start> = []
    /// When it is looked for stores that have recovered.
    var reviewsAt = 0.0
    /// The default one first.
    var tenants = [Tenant()]
    var places = [TenantName.default: 0]
    /// Of tenants, by their places; empty while there is one.
    var line = FairLine<Int>()
    /// Counts over all: one that comes back under its number meets no entry of its earlier self.
    var newestVersion: UInt64 = 0

    package init(cap: Int) { self.cap = cap }

    // MARK: Jobs and limits

    package mutating func addJob(_ job: JobNumber, of tenant: TenantName = .default, cap: Int, weight: Int) {
        precondition(jobs[job] == nil, "job \(job.rawValue) is known already")
        let place = place(of: tenant)
        tenants[place].jobs += 1
        jobs[job] = JobEntry(tenant: place, standing: Standing(cap: cap, weight: weight))
    }

    /// Its waiters are gone with it; requests in flight give their permits back as ever.
    package mutating func removeJob(_ job: JobNumber) {
        guard let entry = jobs[job] else { return }
        for store in paced.keys { paced[store]?.forget(job, of: entry.tenant) }
        waiting -= entry.started.count + entry.new.count - entry.gone.count
        if entry.standing.inFlight == 0 {
            forget(job, entry)
        } else {
            jobs[job]?.started = []
            jobs[job]?.new = []
            jobs[job]?.gone = []
            jobs[job]?.standing.cap = 0
        }
    }

    private mutating func forget(_ job: JobNumber, _ entry: JobEntry) {
        jobs[job] = nil
        tenants[entry.tenant].jobs -= 1
        tenants[entry.tenant].line.forget(entry.standing)
        offerTenant(entry.tenant)
    }

    package mutating func setJob(_ job: JobNumber, cap: Int, weight: Int) -> [WaiterID] {
        guard jobs[job] != nil else { return [] }
        jobs[job]?.standing.cap = cap
        jobs[job]?.standing.weight = weight
        offer(job)
        return grants()
    }

    /// A held job gets no permit; those it has are given back as ever.
    package mutating func hold(_ job: JobNumber) {
        jobs[job]?.isHeld = true
        // Out of the candidates, where it may stand since before.
        offer(job)
    }

    /// The opposite of `hold`. Returns whoever gets a permit by it.
    package mutating func letGo(_ job: JobNumber) -> [WaiterID] {
        guard jobs[job] != nil else { return [] }
        jobs[job]?.isHeld = false
        offer(job)
        return grants()
    }

    package mutating func setCap(_ cap: Int) -> [WaiterID] {
        self.cap = cap
        return grants()
    }

    package func inFlight(of job: JobNumber) -> Int { jobs[job]?.standing.inFlight ?? 0 }

    package func hasWaiters(_ job: JobNumber) -> Bool { jobs[job]?.next != nil }

    /// Whether requests wait because the store has asked to slow down.
    package func isBackingOff(_ store: StoreName) -> Bool {
        paced[store].map { $0.hasBlocked || $0.rate.isPaused(now: now) } ?? false
    }

    // MARK: Requests

    /// Takes a permit at once if there is room everywhere and nobody waits who might come first: the common case while the
    /// cap does not bind.
    package mutating func takeIfIdle(_ job: JobNumber, store: StoreName) -> Bool {
        guard var entry = jobs[job] else { preconditionFailure("job \(job.rawValue) asks for a permit and is unknown") }
        guard waiting == 0, inFlight < cap, entry.mayHaveMore, tenants[entry.tenant].hasRoom, mayStart(store)
        else { return false }
        take(&entry, of: job, store: store)
        jobs[job] = entry
        return true
    }

    /// Those who are granted a permit now, `waiter` perhaps among them; else it waits for a later call's grants.
    package mutating func request(_ waiter: Waiter, for job: JobNumber) -> [WaiterID] {
        guard jobs[job] != nil else { preconditionFailure("job \(job.rawValue) asks for a permit and is unknown") }
        switch waiter.urgency {
        case .startedFile: jobs[job]?.started.append(waiter)
        case .newFile(let size): jobs[job]?.new.insert(NewFile(size: size, waiter: waiter))
        }
        waiting += 1
        offer(job)
        return grants()
    }

    /// The waiter gives up.
    package mutating func withdraw(_ waiter: Waiter, of job: JobNumber) -> [WaiterID] {
        guard jobs[job] != nil else { return [] }
        switch waiter.urgency {
        case .startedFile:
            if let index = jobs[job]?.started.firstIndex(where: { $0.id == waiter.id }) {
                jobs[job]?.started.remove(at: index)
                waiting -= 1
            }
        case .newFile:
            jobs[job]?.gone.insert(waiter.id)
            waiting -= 1
            dropGone(job)
        }
        // What stood behind it may go to a store that has room.
        offer(job)
        return grants()
    }

    /// A permit comes back.
    /// - Parameter round: what `round` was when it was granted.
    package mutating func release(_ store: StoreName, of job: JobNumber, round: UInt64) -> [WaiterID] {
        inFlight -= 1
        if isPacing { noteReply(of: store, round: round) }
        guard var entry = jobs[job] else { return grants() }
        entry.standing.inFlight -= 1
        countReleased(by: entry.tenant)
        if entry.standing.cap == 0, entry.standing.inFlight == 0 {
            forget(job, entry)
        } else {
            tenants[entry.tenant].line.count(&entry.standing, competes: entry.competes)
            jobs[job] = entry
            if waiting > 0 { offer(job) }
        }
        return waiting > 0 ? grants() : []
    }

    private mutating func take(_ entry: inout JobEntry, of job: JobNumber, store: StoreName) {
        inFlight += 1
        tenants[entry.tenant].line.take(&entry.standing)
        countTaken(by: entry.tenant)
        guard isPacing else { return }
        paced[store]?.start(
            job, weight: entry.standing.weight, of: entry.tenant, ofWeight: tenants[entry.tenant].standing.weight,
            now: now)
    }

    // MARK: Choosing

    /// Puts the job among those who come next, at its present share or turn, if it has anything that could go.
    mutating func offer(_ job: JobNumber) {
        guard var entry = jobs[job] else { return }
        let tenant = entry.tenant
        newestVersion += 1
        entry.standing.version = newestVersion
        tenants[tenant].line.count(&entry.standing, competes: entry.competes)
        jobs[job] = entry
        if entry.mayHaveMore, entry.next != nil {
            tenants[tenant].line.offer(job, entry.standing)
            let all = jobs
            tenants[tenant].line.trim(members: tenants[tenant].jobs) { all[$0]?.standing }
        }
        offerTenant(tenant)
    }

    mutating func grants() -> [WaiterID] {
        var granted: [WaiterID] = []
        // They compete with the others for the next slot, by their shares.
        if isPacing, inFlight < cap { offerBlocked() }
        while inFlight < cap, let candidate = nextCandidate() {
            // One look-up where no store is paced: two holders of an entry would mean a copy of its waiters.
            guard let job = isPacing ? turn(for: candidate) : candidate.member, var entry = jobs[job],
                job != candidate.member || entry.standing.version == candidate.version, let waiter = entry.next
            else {
                offerTenant(of: candidate.member)
                continue
            }
            if job != candidate.member { offerTenant(of: candidate.member) }
            jobs[job] = nil
            if entry.started.isEmpty { _ = entry.new.popMax() } else { entry.started.removeFirst() }
            waiting -= 1
            take(&entry, of: job, store: waiter.store)
            jobs[job] = entry
            dropGone(job)
            granted.append(waiter.id)
            offer(job)
        }
        return granted
    }

    /// Whose turn it was, and whose job does not go after all.
    private mutating func offerTenant(of job: JobNumber) {
        if let tenant = jobs[job]?.tenant { offerTenant(tenant) }
    }

    private mutating func dropGone(_ job: JobNumber) {
        guard let entry = jobs[job], !entry.gone.isEmpty else { return }
        while let top = jobs[job]?.new.max, jobs[job]?.gone.remove(top.waiter.id) != nil {
            _ = jobs[job]?.new.popMax()
        }
    }
}
