import Model
import Scheduling
import Support
import Testing

/// A simulated service: jobs that always have work, requests that take 1 to 20 ticks of a millisecond.
struct SchedulerSimulation {
    private struct Request {
        let job: JobNumber
        let began: Int
        let round: UInt64
    }

    var rules: SchedulerState
    private(set) var generator: SeededGenerator
    private(set) var tick = 0
    private(set) var tenants: [JobNumber: TenantName] = [:]
    /// Ticks times requests in flight, of those that have ended; `forget` begins anew.
    private(set) var held: [JobNumber: Int] = [:]
    private(set) var granted: [JobNumber: Int] = [:]
    /// Who was granted a permit, one after the other.
    private(set) var trace: [JobNumber] = []
    /// By the tick at which they end.
    private var running: [Int: [Request]] = [:]
    private var inFlight: [JobNumber: Int] = [:]
    private var owners: [SchedulerState.WaiterID: JobNumber] = [:]
    private var nextID: SchedulerState.WaiterID = 0
    private var forgotten = 0

    init(cap: Int, seed: UInt64) {
        rules = SchedulerState(cap: cap)
        generator = SeededGenerator(seed: seed)
    }

    /// - Parameter lanes: requests that it always has in flight or waiting.
    mutating func add(_ job: JobNumber, of tenant: TenantName = .default, cap: Int = 64, weight: Int = 5, lanes: Int) {
        tenants[job] = tenant
        rules.addJob(job, of: tenant, cap: cap, weight: weight)
        for _ in 0..<lanes { ask(job) }
    }

    mutating func ask(_ job: JobNumber, urgency: SchedulerState.Urgency = .newFile(size: 1)) {
        if rules.takeIfIdle(job, store: .default) { return start(job) }
        nextID += 1
        owners[nextID] = job
        grant(rules.request(.init(id: nextID, urgency: urgency, store: .default), for: job))
    }

    mutating func grant(_ ids: [SchedulerState.WaiterID]) {
        for id in ids {
            guard let job = owners.removeValue(forKey: id) else {
                Issue.record("granted \(id), which does not wait")
                continue
            }
            start(job)
        }
    }

    /// The store refuses a request and asks all to slow down.
    mutating func refuse() { grant(rules.throttled(.default, round: rules.round, after: nil)) }

    /// One tick: what has ended gives its permit back, and its job asks anew.
    mutating func step(renewing: Bool = true) {
        tick += 1
        if rules.isPacing {
            rules.advance(to: .milliseconds(tick))
            grant(rules.resume())
        }
        for request in running.removeValue(forKey: tick) ?? [] {
            end(request)
            if renewing { ask(request.job) }
        }
    }

    mutating func steps(_ count: Int) { for _ in 0..<count { step() } }

    /// Their requests end at once, and those that wait are withdrawn.
    mutating func removeJobs(where isMeant: (TenantName) -> Bool) {
        let gone = Set(tenants.filter { isMeant($0.value) }.keys)
        for job in gone { rules.hold(job) }
        for tick in Array(running.keys) {
            let requests = running[tick] ?? []
            running[tick] = requests.filter { !gone.contains($0.job) }
            for request in requests where gone.contains(request.job) { end(request) }
        }
        for job in gone {
            rules.removeJob(job)
            tenants[job] = nil
        }
        owners = owners.filter { !gone.contains($0.value) }
    }

    mutating func forget() {
        (held, granted, forgotten) = ([:], [:], tick)
    }

    func count(_ job: JobNumber) -> Int { inFlight[job] ?? 0 }

    func count(_ tenant: TenantName) -> Int { inFlight.reduce(0) { $0 + (tenants[$1.key] == tenant ? $1.value : 0) } }

    var count: Int { inFlight.values.reduce(0, +) }

    func sum(_ tenant: TenantName, _ counts: [JobNumber: Int]) -> Double {
        Double(counts.reduce(0) { $0 + (tenants[$1.key] == tenant ? $1.value : 0) })
    }

    private mutating func start(_ job: JobNumber) {
        trace.append(job)
        granted[job, default: 0] += 1
        inFlight[job, default: 0] += 1
        running[tick + Int.random(in: 1...20, using: &generator), default: []].append(
            Request(job: job, began: tick, round: rules.round))
    }

    private mutating func end(_ request: Request) {
        held[request.job, default: 0] += tick - max(request.began, forgotten)
        inFlight[request.job, default: 0] -= 1
        grant(rules.release(.default, of: request.job, round: request.round))
    }
}
