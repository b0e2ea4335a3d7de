import Glibc
import Model
import Scheduling
import Support

/// What one permit costs in the rules: one that comes back, one that is asked for, one that is granted.
struct DecisionCost {
    var rules: SchedulerState
    private let jobs: Int
    private let stores: [StoreName]
    private var dice = SeededGenerator(seed: 1)
    private var nextID: SchedulerState.WaiterID = 0
    private var owners: [SchedulerState.WaiterID: Int] = [:]
    private var running: [(job: Int, round: UInt64)] = []
    private var time = Duration.zero
    private var granted = 0

    /// - Parameter stores: how many; with `isPaced` each of them has asked to slow down.
    init(jobs: Int, permits: Int, tenants: Int = 1, stores: Int = 1, isPaced: Bool = false) {
        self.jobs = jobs
        self.stores = (0..<stores).map { StoreName("store\($0)") }
        rules = SchedulerState(cap: permits)
        for job in 0..<jobs {
            rules.addJob(Contest.job(job), of: Contest.tenant(job % tenants), cap: 64, weight: 1 + job % 9)
        }
        let lanes = min(64, 2 * permits / jobs + 4)
        for _ in 0..<lanes { for job in 0..<jobs { ask(job) } }
        guard isPaced else { return }
        rules.advance(to: .zero)
        // The first round only measures; refusals end it, and from then on the rate binds.
        for store in self.stores {
            for _ in 0..<20 { grant(rules.throttled(store, round: rules.round, after: nil)) }
        }
    }

    /// Nanoseconds of this thread for each permit.
    mutating func measure(turns: Int) -> Double {
        for _ in 0..<(turns / 10) { turn() }
        let (before, began) = (granted, Self.threadNanoseconds())
        for _ in 0..<turns { turn() }
        return Double(Self.threadNanoseconds() - began) / Double(max(1, granted - before))
    }

    private static func threadNanoseconds() -> Int {
        var time = timespec()
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }

    /// One request ends, and its job asks for the next; where a store is paced, time goes on to the next start.
    private mutating func turn() {
        if let start = rules.nextStart {
            time = max(time, start)
            rules.advance(to: time)
            grant(rules.resume())
        }
        guard !running.isEmpty else { return }
        let index = Int.random(in: 0..<running.count, using: &dice)
        let (job, round) = running[index]
        running.swapAt(index, running.count - 1)
        running.removeLast()
        grant(rules.release(stores[job % stores.count], of: Contest.job(job), round: round))
        ask(job)
    }

    private mutating func ask(_ job: Int) {
        let store = stores[job % stores.count]
        if rules.takeIfIdle(Contest.job(job), store: store) {
            granted += 1
            running.append((job, rules.round))
            return
        }
        nextID += 1
        owners[nextID] = job
        grant(rules.request(.init(id: nextID, urgency: .startedFile, store: store), for: Contest.job(job)))
    }

    private mutating func grant(_ ids: [SchedulerState.WaiterID]) {
        for id in ids {
            guard let job = owners.removeValue(forKey: id) else { continue }
            granted += 1
            running.append((job, rules.round))
        }
    }
}
