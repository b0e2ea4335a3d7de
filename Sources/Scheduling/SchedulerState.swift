import DequeModule
import HeapModule
package import Model

/// Who may send next: the rules of the cap and of fairness, with no clock, no lock and no I/O.
///
/// - Requests in flight never exceed the global cap, those of a job never its own, those to a store never what it bears.
/// - While jobs compete, the next permit goes to the job with the fewest in flight per unit of weight (max-min fairness;
///   Bertsekas and Gallager, "Data Networks", 6.5.2). Slots are whole, shares are not: each grant adds a fraction to the
///   job's count, drawn from the golden-ratio sequence, so that over time 16 slots at weights 9 and 1 are held 14.4 : 1.6.
/// - Within a job requests of started files go first, in their order; among new files the largest known first.
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

    private struct NewFile: Sendable, Comparable {
        var size: Int64
        var waiter: Waiter

        static func < (left: Self, right: Self) -> Bool {
            // The largest first; of equals the one that came first.
            left.size != right.size ? left.size < right.size : left.waiter.id > right.waiter.id
        }

        static func == (left: Self, right: Self) -> Bool { left.waiter.id == right.waiter.id }
    }

    private struct JobEntry: Sendable {
        var cap: Int
        var weight: Int
        var inFlight = 0
        var isHeld = false
        /// 0 to 1, drawn anew with each grant.
        var fraction = 0.5
        var started: Deque<Waiter> = []
        var new: Heap<NewFile> = []
        /// Waiters that gave up while they stood in `new`; they are passed over when they come to the top.
        var gone: Set<WaiterID> = []
        /// Of this job's entries in `candidates` only the one of this version is true.
        var version: UInt64 = 0

        var next: Waiter? { started.first ?? new.max?.waiter }
        var share: Double { (Double(inFlight) + fraction) / Double(weight) }
    }

    private struct Candidate: Sendable, Comparable {
        var share: Double
        var job: JobNumber
        var version: UInt64

        static func < (left: Self, right: Self) -> Bool {
            left.share != right.share ? left.share < right.share : left.job < right.job
        }
    }

    private struct StoreEntry: Sendable {
        var inFlight = 0
        /// What the store bears at once; infinite until it asks to slow down.
        var limit = Double.infinity
        /// Replies that are still to come from requests sent before the last cut: they say nothing new.
        var repliesToIgnore = 0
        /// Jobs whose next request waits for this store.
        var blocked: Set<JobNumber> = []
    }

    package private(set) var cap: Int
    package private(set) var inFlight = 0
    package private(set) var waiting = 0
    private var jobs: [JobNumber: JobEntry] = [:]
    private var stores: [StoreName: StoreEntry] = [:]
    private var candidates: Heap<Candidate> = []
    /// Counts over all jobs: one that comes back under its number meets no entry of its earlier self.
    private var newestVersion: UInt64 = 0

    package init(cap: Int) { self.cap = cap }

    // MARK: Jobs and limits

    package mutating func addJob(_ job: JobNumber, cap: Int, weight: Int) {
        precondition(jobs[job] == nil, "job \(job.rawValue) is known already")
        jobs[job] = JobEntry(cap: cap, weight: weight)
    }

    /// Its waiters are gone with it; requests in flight give their permits back as ever.
    package mutating func removeJob(_ job: JobNumber) {
        guard let entry = jobs[job] else { return }
        waiting -= entry.started.count + entry.new.count - entry.gone.count
        if entry.inFlight == 0 {
            jobs[job] = nil
        } else {
            jobs[job]?.started = []
            jobs[job]?.new = []
            jobs[job]?.gone = []
            jobs[job]?.cap = 0
        }
    }

    package mutating func setJob(_ job: JobNumber, cap: Int, weight: Int) -> [WaiterID] {
        guard jobs[job] != nil else { return [] }
        jobs[job]?.cap = cap
        jobs[job]?.weight = weight
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

    package func inFlight(of job: JobNumber) -> Int { jobs[job]?.inFlight ?? 0 }

    package func hasWaiters(_ job: JobNumber) -> Bool { jobs[job]?.next != nil }

    package func isBackingOff(_ store: StoreName) -> Bool { stores[store]?.limit.isFinite ?? false }

    // MARK: Requests

    /// Takes a permit at once if there is room everywhere and nobody waits who might come first: the common case while the
    /// cap does not bind.
    package mutating func takeIfIdle(_ job: JobNumber, store: StoreName) -> Bool {
        guard var entry = jobs[job] else { preconditionFailure("job \(job.rawValue) asks for a permit and is unknown") }
        guard waiting == 0, inFlight < cap, entry.inFlight < entry.cap, !entry.isHeld, hasRoom(store) else {
            return false
        }
        take(&entry, store: store)
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
    package mutating func release(_ store: StoreName, of job: JobNumber) -> [WaiterID] {
        inFlight -= 1
        stores[store]?.inFlight -= 1
        noteReply(store)
        guard jobs[job] != nil else { return grants() }
        jobs[job]?.inFlight -= 1
        if jobs[job]?.cap == 0, jobs[job]?.inFlight == 0 {
            jobs[job] = nil
        } else if waiting > 0 {
            offer(job)
        }
        return waiting > 0 ? grants() : []
    }

    /// The store asked to slow down: half of what was in flight is borne from now on, and with each window of replies
    /// one more (AIMD; RFC 5681, section 3.1). One cut a window: the replies of requests sent before it say nothing new.
    package mutating func throttled(_ store: StoreName) {
        guard var entry = stores[store], entry.repliesToIgnore == 0 else { return }
        entry.limit = max(1, (min(entry.limit, Double(entry.inFlight)) / 2).rounded(.down))
        entry.repliesToIgnore = entry.inFlight
        stores[store] = entry
    }

    // MARK: Choosing

    private func hasRoom(_ store: StoreName) -> Bool {
        guard let entry = stores[store] else { return true }
        return Double(entry.inFlight) < entry.limit
    }

    private mutating func noteReply(_ store: StoreName) {
        guard var entry = stores[store], entry.limit.isFinite else { return }
        if entry.repliesToIgnore > 0 {
            entry.repliesToIgnore -= 1
        } else {
            entry.limit += 1 / entry.limit
            if entry.limit >= Double(cap) { entry.limit = .infinity }
        }
        let blocked = Double(entry.inFlight) < entry.limit ? entry.blocked : []
        entry.blocked.subtract(blocked)
        stores[store] = entry
        for job in blocked { offer(job) }
    }

    private mutating func take(_ entry: inout JobEntry, store: StoreName) {
        inFlight += 1
        entry.inFlight += 1
        entry.fraction += 0.618_033_988_749_894_9
        if entry.fraction >= 1 { entry.fraction -= 1 }
        stores[store, default: StoreEntry()].inFlight += 1
    }

    /// Puts the job among the candidates, at its present share, if it has anything that could go.
    private mutating func offer(_ job: JobNumber) {
        guard var entry = jobs[job] else { return }
        newestVersion += 1
        entry.version = newestVersion
        if !entry.isHeld, entry.inFlight < entry.cap, entry.next != nil {
            candidates.insert(Candidate(share: entry.share, job: job, version: entry.version))
        }
        jobs[job] = entry
        // Stale entries are passed over when they come up; when most are stale the heap is made anew.
        if candidates.count > 64 + 4 * jobs.count {
            candidates = Heap(candidates.unordered.filter { jobs[$0.job]?.version == $0.version })
        }
    }

    private mutating func grants() -> [WaiterID] {
        var granted: [WaiterID] = []
        while inFlight < cap, let candidate = candidates.popMin() {
            guard var entry = jobs[candidate.job], entry.version == candidate.version, let waiter = entry.next else {
                continue
            }
            guard hasRoom(waiter.store) else {
                stores[waiter.store]?.blocked.insert(candidate.job)
                continue
            }
            jobs[candidate.job] = nil
            if entry.started.isEmpty { _ = entry.new.popMax() } else { entry.started.removeFirst() }
            waiting -= 1
            take(&entry, store: waiter.store)
            jobs[candidate.job] = entry
            dropGone(candidate.job)
            granted.append(waiter.id)
            offer(candidate.job)
        }
        return granted
    }

    private mutating func dropGone(_ job: JobNumber) {
        guard let entry = jobs[job], !entry.gone.isEmpty else { return }
        while let top = jobs[job]?.new.max, jobs[job]?.gone.remove(top.waiter.id) != nil {
            _ = jobs[job]?.new.popMax()
        }
    }
}
