import Model
import Support
import Testing

@testable import Scheduling

/// The rules between tenants: shares first between them, then between their jobs.
@Suite struct TenantShareTests {
    private static let a = TenantName("a") ?? .default
    private static let b = TenantName("b") ?? .default

    /// However many jobs each has, and of whatever priorities.
    @Test(arguments: [(1, 1), (1, 20), (20, 1), (5, 9)])
    func tenantsShareByWeight(jobsOfA: Int, jobsOfB: Int) {
        var simulation = SchedulerSimulation(cap: 16, seed: SeededGenerator().seed)
        _ = simulation.rules.setTenants([Self.a: TenantLimits(weight: 3), Self.b: TenantLimits(weight: 1)])
        for number in 0..<jobsOfA {
            simulation.add(JobNumber(Int64(number)), of: Self.a, weight: 1 + number % 9, lanes: 40)
        }
        for number in 0..<jobsOfB {
            simulation.add(JobNumber(Int64(100 + number)), of: Self.b, weight: 9 - number % 9, lanes: 40)
        }
        simulation.steps(20_000)
        let ratio = simulation.sum(Self.a, simulation.held) / simulation.sum(Self.b, simulation.held)
        #expect(ratio > 2.8 && ratio < 3.2, "\(ratio), seed \(simulation.generator.seed)")
        #expect(simulation.rules.inFlight == 16)
    }

    @Test func withinATenantPrioritiesCount() {
        var simulation = SchedulerSimulation(cap: 16, seed: SeededGenerator().seed)
        _ = simulation.rules.setTenants([Self.a: TenantLimits(weight: 1), Self.b: TenantLimits(weight: 1)])
        simulation.add(JobNumber(1), of: Self.a, weight: 6, lanes: 40)
        simulation.add(JobNumber(2), of: Self.a, weight: 2, lanes: 40)
        simulation.add(JobNumber(3), of: Self.b, weight: 1, lanes: 40)
        simulation.steps(20_000)
        let shares = (1...3).map { Double(simulation.held[JobNumber($0)] ?? 0) / Double(16 * simulation.tick) }
        for (share, fair) in zip(shares, [0.375, 0.125, 0.5]) {
            #expect(abs(share / fair - 1) < 0.1, "\(shares), seed \(simulation.generator.seed)")
        }
    }

    /// More tenants than permits: each has its turns.
    @Test func fewerPermitsThanTenantsAreSharedByWeight() {
        var simulation = SchedulerSimulation(cap: 2, seed: SeededGenerator().seed)
        let names = (0..<20).compactMap { TenantName("t\($0)") }
        let weights = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, 1 + $0 % 4) })
        _ = simulation.rules.setTenants(weights.mapValues { TenantLimits(weight: $0) })
        for (number, name) in names.enumerated() { simulation.add(JobNumber(Int64(number)), of: name, lanes: 8) }
        simulation.steps(40_000)
        for name in names {
            let fair = Double(2 * simulation.tick * (weights[name] ?? 1)) / 50
            let share = simulation.sum(name, simulation.held) / fair
            #expect(share > 0.75 && share < 1.25, "\(name): \(share), seed \(simulation.generator.seed)")
        }
    }

    /// Nothing idles while anything could run; no cap is passed, whatever comes and goes.
    @Test(arguments: 1...8) func capsHoldAndNothingIdles(round: Int) {
        let seed = SeededGenerator().seed &+ UInt64(round)
        var simulation = SchedulerSimulation(cap: 12, seed: seed)
        var dice = SeededGenerator(seed: seed &+ 1)
        let caps = [Self.a: 5, Self.b: 9]
        _ = simulation.rules.setTenants(caps.mapValues { TenantLimits(weight: 2, concurrency: $0) })
        for number in 0..<12 {
            let tenant = [Self.a, Self.b, .default][number % 3]
            simulation.add(JobNumber(Int64(number)), of: tenant, cap: Int.random(in: 1...9, using: &dice), lanes: 10)
        }
        for tick in 0..<3_000 {
            simulation.step()
            for (tenant, cap) in caps { #expect(simulation.count(tenant) <= cap, "seed \(seed)") }
            #expect(simulation.rules.inFlight <= 12)
            #expect(simulation.rules.inFlight(of: Self.a) == simulation.count(Self.a))
            if tick > 100 { #expect(simulation.rules.inFlight == 12, "idle at \(tick), seed \(seed)") }
        }
        // Alone, a tenant has as much as its cap allows.
        simulation.removeJobs { $0 != Self.a }
        simulation.steps(100)
        #expect(simulation.rules.inFlight == 5 && simulation.rules.inFlight(of: Self.b) == 0, "seed \(seed)")
    }

    /// While there is one tenant with jobs it makes no difference that there are others.
    @Test(arguments: 1...4) func aTenantAloneIsServedAsIfThereWereNoTenants(round: Int) {
        let seed = SeededGenerator().seed &+ UInt64(round)
        func trace(_ tenant: TenantName, isPaced: Bool) -> [JobNumber] {
            var simulation = SchedulerSimulation(cap: 7, seed: seed)
            for number in 0..<15 {
                simulation.add(JobNumber(Int64(number)), of: tenant, cap: 3, weight: 1 + number % 9, lanes: 5)
            }
            simulation.steps(1_500)
            let before = simulation.trace.count
            if isPaced {
                for _ in 0..<3 {
                    simulation.refuse()
                }
            }
            simulation.steps(3_000)
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
        var simulation = SchedulerSimulation(cap: 64, seed: SeededGenerator().seed)
        _ = simulation.rules.setTenants([Self.a: TenantLimits(weight: 3), Self.b: TenantLimits(weight: 1)])
        simulation.add(JobNumber(1), of: Self.a, lanes: 64)
        for number in 2...9 { simulation.add(JobNumber(Int64(number)), of: Self.b, lanes: 64) }
        // It bears 400 requests a second, and 20 at once.
        var room = 20.0
        var began = simulation.trace.count
        for tick in 0..<22_000 {
            simulation.step()
            room = min(20, room + 0.4 - Double(simulation.trace.count - began))
            began = simulation.trace.count
            if room < 0 {
                simulation.refuse()
                room = 0
            }
            if tick == 2_000 { simulation.forget() }
        }
        let (a, b) = (simulation.sum(Self.a, simulation.granted), simulation.sum(Self.b, simulation.granted))
        let told: Comment = "\(a) and \(b), seed \(simulation.generator.seed)"
        #expect(simulation.rules.isPacing && a + b > 1_000 && a + b < 9_000, told)
        #expect(a / b > 2.8 && a / b < 3.2, told)
    }

    /// The settings may change while jobs run.
    @Test func aNewWeightCountsFromTheNextPermitOn() {
        var simulation = SchedulerSimulation(cap: 16, seed: SeededGenerator().seed)
        simulation.add(JobNumber(1), of: Self.a, lanes: 40)
        simulation.add(JobNumber(2), of: Self.b, lanes: 40)
        simulation.steps(2_000)
        _ = simulation.rules.setTenants([Self.a: TenantLimits(weight: 3)])
        simulation.steps(200)
        simulation.forget()
        simulation.steps(10_000)
        let ratio = simulation.sum(Self.a, simulation.held) / simulation.sum(Self.b, simulation.held)
        #expect(ratio > 2.8 && ratio < 3.2, "\(ratio), seed \(simulation.generator.seed)")
        _ = simulation.rules.setTenants([Self.a: TenantLimits(weight: 3, concurrency: 2)])
        simulation.steps(100)
        #expect(simulation.count(Self.a) == 2 && simulation.count(Self.b) == 14)
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
