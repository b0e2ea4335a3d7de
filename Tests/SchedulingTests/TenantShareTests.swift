import Model
import Support
import Testing

@testable import Scheduling

/// The rules between tenants: shares first between them, then between their jobs.
@Suite struct TenantShareTests {
    private static let a = TenantName("a") ?? .default
    private static let b = TenantName("b") ?? .default

    /// Jobs that always have work, requests that take a random number of ticks.
    private struct Simulation {
        var rules: SchedulerState
        var generator: SeededGenerator
        var tenants: [JobNumber: TenantName] = [:]
        var running: [(job: JobNumber, endsAt: Int, round: UInt64)] = []
        var owners: [SchedulerState.WaiterID: JobNumber] = [:]
        var nextID: SchedulerState.WaiterID = 0
        var tick = 0
        /// Ticks times requests in flight.
        var held: [JobNumber: Int] = [:]
        var granted: [JobNumber: Int] = [:]
        var trace: [JobNumber] = []

        init(cap: Int, seed: UInt64) {
            rules = SchedulerState(cap: cap)
            generator = SeededGenerator(seed: seed)
        }

        mutating func add(_ number: Int, of tenant: TenantName, cap: Int = 64, weight: Int = 5, lanes: Int) {
            let job = JobNumber(Int64(number))
            tenants[job] = tenant
            rules.addJob(job, of: tenant, cap: cap, weight: weight)
            for _ in 0..<lanes { ask(job) }
        }

        mutating func ask(_ job: JobNumber) {
            if rules.takeIfIdle(job, store: .default) { return start(job) }
            nextID += 1
            owners[nextID] = job
            grant(rules.request(.init(id: nextID, urgency: .startedFile, store: .default), for: job))
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

        mutating func start(_ job: JobNumber) {
            trace.append(job)
            granted[job, default: 0] += 1
            running.append((job, tick + Int.random(in: 1...20, using: &generator), rules.round))
        }

        mutating func step(renewing: Bool = true) {
            tick += 1
            if rules.isPacing {
                rules.advance(to: .milliseconds(tick))
                grant(rules.resume())
            }
            for request in running { held[request.job, default: 0] += 1 }
            let ended = running.filter { $0.endsAt <= tick }
            running.removeAll { $0.endsAt <= tick }
            for request in ended {
                grant(rules.release(.default, of: request.job, round: request.round))
                if renewing { ask(request.job) }
            }
        }

        func sum(_ tenant: TenantName, _ counts: [JobNumber: Int]) -> Double {
            Double(counts.filter { tenants[$0.key] == tenant }.values.reduce(0, +))
        }

        func inFlight(_ tenant: TenantName) -> Int { running.count { tenants[$0.job] == tenant } }
    }

    /// However many jobs each has, and of whatever priorities.
    @Test(arguments: [(1, 1), (1, 20), (20, 1), (5, 9)])
    func tenantsShareByWeight(jobsOfA: Int, jobsOfB: Int) {
        var simulation = Simulation(cap: 16, seed: SeededGenerator().seed)
        _ = simulation.rules.setTenants([Self.a: TenantLimits(weight: 3), Self.b: TenantLimits(weight: 1)])
        for number in 0..<jobsOfA { simulation.add(number, of: Self.a, weight: 1 + number % 9, lanes: 40) }
        for number in 0..<jobsOfB { simulation.add(100 + number, of: Self.b, weight: 9 - number % 9, lanes: 40) }
        for _ in 0..<20_000 { simulation.step() }
        let ratio = simulation.sum(Self.a, simulation.held) / simulation.sum(Self.b, simulation.held)
        #expect(ratio > 2.8 && ratio < 3.2, "\(ratio), seed \(simulation.generator.seed)")
        #expect(simulation.rules.inFlight == 16)
    }

    @Test func withinATenantPrioritiesCount() {
        var simulation = Simulation(cap: 16, seed: SeededGenerator().seed)
        _ = simulation.rules.setTenants([Self.a: TenantLimits(weight: 1), Self.b: TenantLimits(weight: 1)])
        simulation.add(1, of: Self.a, weight: 6, lanes: 40)
        simulation.add(2, of: Self.a, weight: 2, lanes: 40)
        simulation.add(3, of: Self.b, weight: 1, lanes: 40)
        for _ in 0..<20_000 { simulation.step() }
        let shares = (1...3).map { Double(simulation.held[JobNumber($0)] ?? 0) / Double(16 * simulation.tick) }
        for (share, fair) in zip(shares, [0.375, 0.125, 0.5]) {
            #expect(abs(share / fair - 1) < 0.1, "\(shares), seed \(simulation.generator.seed)")
        }
    }

    /// More tenants than permits: each has its turns.
    @Test func fewerPermitsThanTenantsAreSharedByWeight() {
        var simulation = Simulation(cap: 2, seed: SeededGenerator().seed)
        let names = (0..<20).compactMap { TenantName("t\($0)") }
        let weights = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, 1 + $0 % 4) })
        _ = simulation.rules.setTenants(weights.mapValues { TenantLimits(weight: $0) })
        for (number, name) in names.enumerated() { simulation.add(number, of: name, lanes: 8) }
        for _ in 0..<40_000 { simulation.step() }
        for name in names {
            let fair = Double(2 * simulation.tick * (weights[name] ?? 1)) / 50
            let share = simulation.sum(name, simulation.held) / fair
            #expect(share > 0.75 && share < 1.25, "\(name): \(share), seed \(simulation.generator.seed)")
        }
    }

    /// Nothing idles while anything could run; no cap is passed, whatever comes and goes.
    @Test(arguments: 1...8) func capsHoldAndNothingIdles(round: Int) {
        let seed = SeededGenerator().seed &+ UInt64(round)
        var simulation = Simulation(cap: 12, seed: seed)
        var dice = SeededGenerator(seed: seed &+ 1)
        let caps = [Self.a: 5, Self.b: 9]
        _ = simulation.rules.setTenants(caps.mapValues { TenantLimits(weight: 2, concurrency: $0) })
        for number in 0..<12 {
            let tenant = [Self.a, Self.b, .default][number % 3]
            simulation.add(number, of: tenant, cap: Int.random(in: 1...9, using: &dice), lanes: 10)
        }
        for tick in 0..<3_000 {
            simulation.step()
            for (tenant, cap) in caps { #expect(simulation.inFlight(tenant) <= cap, "seed \(seed)") }
            #expect(simulation.rules.inFlight <= 12)
            #expect(simulation.rules.inFlight(of: Self.a) == simulation.inFlight(Self.a))
            if tick > 100 { #expect(simulation.rules.inFlight == 12, "idle at \(tick), seed \(seed)") }
        }
        // Alone, a tenant has as much as its cap allows.
        while simulation.inFlight(Self.b) + simulation.inFlight(.default) > 0 {
            let others = simulation.running.filter { simulation.tenants[$0.job] != Self.a }
            simulation.running.removeAll { simulation.tenants[$0.job] != Self.a }
            for request in others { simulation.grant(simulation.rules.release(.default, of: request.job, round: 0)) }
            for (job, tenant) in simulation.tenants where tenant != Self.a { simulation.rules.removeJob(job) }
            simulation.owners = simulation.owners.filter { simulation.tenants[$0.value] == Self.a }
        }
        for _ in 0..<100 { simulation.step() }
        #expect(simulation.rules.inFlight == 5 && simulation.rules.inFlight(of: Self.b) == 0, "seed \(seed)")
    }

    /// While there is one tenant with jobs it makes no difference that there are others.
    @Test(arguments: 1...4) func aTenantAloneIsServedAsIfThereWereNoTenants(round: Int) {
        let seed = SeededGenerator().seed &+ UInt64(round)
        func trace(_ tenant: TenantName, isPaced: Bool) -> [JobNumber] {
            var simulation = Simulation(cap: 7, seed: seed)
            for number in 0..<15 { simulation.add(number, of: tenant, cap: 3, weight: 1 + number % 9, lanes: 5) }
            for _ in 0..<1_500 { simulation.step() }
            let before = simulation.trace.count
            if isPaced {
                for _ in 0..<3 {
                    simulation.grant(
                        simulation.rules.throttled(.default, round: simulation.rules.round, after: nil))
                }
            }
            for _ in 0..<3_000 { simulation.step() }
            #expect(simulation.trace.count > before + 10)
            return simulation.trace
        }
        for isPaced in [false, true] {
            let plain = trace(.default, isPaced: isPaced)
            #expect(plain.count > 500)
            #expect(plain == trace(Self.a, isPaced: isPaced), "seed \(seed)")
        }
    }

    /// A store that has asked to slow down: its turns go to tenants by weight.
    @Test func turnsAtAPacedStoreAreSharedByWeight() {
        var simulation = Simulation(cap: 64, seed: SeededGenerator().seed)
        _ = simulation.rules.setTenants([Self.a: TenantLimits(weight: 3), Self.b: TenantLimits(weight: 1)])
        simulation.add(1, of: Self.a, lanes: 64)
        for number in 2...9 { simulation.add(number, of: Self.b, lanes: 64) }
        for _ in 0..<200 {
            simulation.step()
            simulation.grant(simulation.rules.throttled(.default, round: simulation.rules.round, after: nil))
        }
        simulation.granted = [:]
        for tick in 0..<20_000 {
            simulation.step()
            if tick % 10 == 0, simulation.running.count > 4 {
                simulation.grant(simulation.rules.throttled(.default, round: simulation.rules.round, after: nil))
            }
        }
        let ratio = simulation.sum(Self.a, simulation.granted) / simulation.sum(Self.b, simulation.granted)
        #expect(ratio > 2.5 && ratio < 3.5, "\(ratio), seed \(simulation.generator.seed)")
    }

    /// The settings may change while jobs run.
    @Test func aNewWeightCountsFromTheNextPermitOn() {
        var simulation = Simulation(cap: 16, seed: SeededGenerator().seed)
        simulation.add(1, of: Self.a, lanes: 40)
        simulation.add(2, of: Self.b, lanes: 40)
        for _ in 0..<2_000 { simulation.step() }
        _ = simulation.rules.setTenants([Self.a: TenantLimits(weight: 3)])
        for _ in 0..<200 { simulation.step() }
        simulation.held = [:]
        for _ in 0..<10_000 { simulation.step() }
        let ratio = simulation.sum(Self.a, simulation.held) / simulation.sum(Self.b, simulation.held)
        #expect(ratio > 2.8 && ratio < 3.2, "\(ratio), seed \(simulation.generator.seed)")
        _ = simulation.rules.setTenants([Self.a: TenantLimits(weight: 3, concurrency: 2)])
        for _ in 0..<100 { simulation.step() }
        #expect(simulation.inFlight(Self.a) == 2 && simulation.inFlight(Self.b) == 14)
    }

    // MARK: Slots

    @Test func aTenantsJobsBeginBesideOthersThatHoldAllSlots() {
        var queue = SlotQueue()
        func start() -> JobNumber? {
            guard let (job, tenant, _) = queue.next(slots: 4, weight: { _ in 1 }) else { return nil }
            let isNew = queue.begin(job, of: tenant)
            #expect(isNew)
            return job
        }
        for number: Int64 in 1...6 { queue.add(JobNumber(number), of: Self.a) }
        #expect((1...4).map { _ in start()?.rawValue } == [1, 2, 3, 4] && start() == nil)
        // Half of them are its own.
        for number: Int64 in 11...13 { queue.add(JobNumber(number), of: Self.b) }
        #expect((1...2).map { _ in start()?.rawValue } == [11, 12] && start() == nil)
        queue.end(JobNumber(1))
        #expect(start() == nil)
        queue.end(JobNumber(2))
        queue.end(JobNumber(3))
        #expect(start()?.rawValue == 5 && start() == nil)
    }

    @Test func oneTenantsJobsBeginInTheirOrder() {
        var queue = SlotQueue()
        for number: Int64 in [3, 1, 2] { queue.add(JobNumber(number), of: .default) }
        var order: [Int64] = []
        while let (job, tenant, _) = queue.next(slots: 2, weight: { _ in 1 }) {
            order.append(job.rawValue)
            _ = queue.begin(job, of: tenant)
        }
        #expect(order == [3, 1])
        queue.end(JobNumber(3))
        #expect(queue.next(slots: 2, weight: { _ in 1 })?.job == JobNumber(2))
        let isNew = queue.begin(JobNumber(1), of: .default)
        #expect(!isNew)
    }
}
