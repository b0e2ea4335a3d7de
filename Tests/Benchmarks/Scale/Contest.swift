import Model
import Scheduling
import Support

/// Jobs that always want more, requests that take a random time, and the rules between them, in simulated milliseconds.
struct Contest {
    struct Entrant {
        var weight: Int
        /// As many requests it has in flight at most, and as many want a permit at any time, those in flight included.
        var cap: Int
        /// Milliseconds that a request takes on average; each takes between half and one and a half of it.
        var length = 50
        var store = StoreName.default
        /// Which of the tenants it belongs to.
        var tenant = 0
    }

    private struct Request {
        var entrant: Int
        var began: Int
        var round: UInt64
    }

    let entrants: [Entrant]
    private(set) var rules: SchedulerState
    private var dice: SeededGenerator
    /// In milliseconds.
    private(set) var now = 0
    /// Requests that end, by the millisecond, around and around.
    private var wheel: [[Request]]
    private var owners: [SchedulerState.WaiterID: Int] = [:]
    private var nextID: SchedulerState.WaiterID = 0
    private(set) var grants = 0

    private(set) var inFlight: [Int]
    /// Milliseconds times requests in flight, since `beginWindow`.
    private(set) var held: [Int]
    /// Requests granted, since `beginWindow`.
    private(set) var granted: [Int]
    private var lastGrant: [Int]
    /// The longest time between two grants.
    private(set) var longestWait: [Int]

    /// - Parameter tenants: the weight of each.
    init(permits: Int, tenants: [Int] = [1], entrants: [Entrant], seed: UInt64) {
        self.entrants = entrants
        rules = SchedulerState(cap: permits)
        _ = rules.setTenants(
            Dictionary(uniqueKeysWithValues: tenants.enumerated().map { (Self.tenant($0), TenantLimits(weight: $1)) }))
        dice = SeededGenerator(seed: seed)
        wheel = Array(repeating: [], count: 2 * (entrants.map(\.length).max() ?? 1) + 2)
        let zeros = Array(repeating: 0, count: entrants.count)
        (inFlight, held, granted, lastGrant, longestWait) = (zeros, zeros, zeros, zeros, zeros)
        for (index, entrant) in entrants.enumerated() {
            rules.addJob(Self.job(index), of: Self.tenant(entrant.tenant), cap: entrant.cap, weight: entrant.weight)
        }
        // In turn, as jobs that begin together do.
        for lane in 0..<(entrants.map(\.cap).max() ?? 0) {
            for (index, entrant) in entrants.enumerated() where lane < entrant.cap { ask(index) }
        }
    }

    static func tenant(_ index: Int) -> TenantName { index == 0 ? .default : TenantName("t\(index)") ?? .default }

    static func job(_ index: Int) -> JobNumber { JobNumber(Int64(index + 1)) }

    /// All stores refuse from now on: each bears so many requests a second.
    mutating func slowDown(_ stores: [StoreName]) {
        rules.advance(to: .milliseconds(now))
        for store in stores { grant(rules.throttled(store, round: rules.round, after: nil)) }
    }

    mutating func beginWindow() {
        for index in entrants.indices { (held[index], granted[index], longestWait[index]) = (0, 0, 0) }
        for index in entrants.indices { lastGrant[index] = max(lastGrant[index], now) }
    }

    mutating func run(milliseconds: Int) {
        for _ in 0..<milliseconds { step() }
        for index in entrants.indices { longestWait[index] = max(longestWait[index], now - lastGrant[index]) }
    }

    private mutating func step() {
        for index in entrants.indices { held[index] += inFlight[index] }
        now += 1
        if rules.isPacing {
            rules.advance(to: .milliseconds(now))
            grant(rules.resume())
        }
        let slot = now % wheel.count
        let ended = wheel[slot]
        wheel[slot] = []
        for request in ended {
            inFlight[request.entrant] -= 1
            grant(
                rules.release(
                    entrants[request.entrant].store, of: Self.job(request.entrant), round: request.round))
            ask(request.entrant)
        }
    }

    private mutating func ask(_ entrant: Int) {
        let store = entrants[entrant].store
        if rules.takeIfIdle(Self.job(entrant), store: store) { return start(entrant) }
        nextID += 1
        owners[nextID] = entrant
        grant(rules.request(.init(id: nextID, urgency: .startedFile, store: store), for: Self.job(entrant)))
    }

    private mutating func grant(_ ids: [SchedulerState.WaiterID]) {
        for id in ids {
            guard let entrant = owners.removeValue(forKey: id) else {
                preconditionFailure("granted \(id), which does not wait")
            }
            start(entrant)
        }
    }

    private mutating func start(_ entrant: Int) {
        let length = entrants[entrant].length
        let takes = max(1, length / 2 + Int.random(in: 0...length, using: &dice))
        wheel[(now + takes) % wheel.count].append(Request(entrant: entrant, began: now, round: rules.round))
        longestWait[entrant] = max(longestWait[entrant], now - lastGrant[entrant])
        lastGrant[entrant] = now
        inFlight[entrant] += 1
        granted[entrant] += 1
        grants += 1
    }
}
