import Model
import Scheduling
import Support
import Testing

/// A simulated service: jobs that always have work, requests that take a random number of ticks.
private struct Simulation {
    struct Running {
        var job: JobNumber
        var endsAt: Int
    }

    var rules: SchedulerState
    var generator: SeededGenerator
    var tick = 0
    var running: [Running] = []
    var owners: [SchedulerState.WaiterID: JobNumber] = [:]
    var nextID: SchedulerState.WaiterID = 0
    /// Ticks times requests in flight, for each job.
    var slotTicks: [JobNumber: Int] = [:]
    let store = StoreName.default

    init(cap: Int, seed: UInt64) {
        rules = SchedulerState(cap: cap)
        generator = SeededGenerator(seed: seed)
    }

    mutating func ask(_ job: JobNumber, urgency: SchedulerState.Urgency = .newFile(size: 1)) {
        if rules.takeIfIdle(job, store: store) { return start(job) }
        nextID += 1
        owners[nextID] = job
        grant(rules.request(.init(id: nextID, urgency: urgency, store: store), for: job))
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
        running.append(Running(job: job, endsAt: tick + Int.random(in: 1...20, using: &generator)))
    }

    /// One tick: what has ended gives its permit back, and its job asks anew.
    mutating func step(renewing: Bool = true) {
        tick += 1
        for request in running { slotTicks[request.job, default: 0] += 1 }
        let ended = running.filter { $0.endsAt <= tick }
        running.removeAll { $0.endsAt <= tick }
        for request in ended {
            grant(rules.release(store, of: request.job, round: 0))
            if renewing { ask(request.job) }
        }
    }

    func inFlight(_ job: JobNumber) -> Int { running.count { $0.job == job } }
}

/// The rules behind a reference, so that an expectation can call them.
private final class Rules {
    private var state: SchedulerState

    init(cap: Int) { state = SchedulerState(cap: cap) }

    var waiting: Int { state.waiting }
    var inFlight: Int { state.inFlight }

    func addJob(_ job: JobNumber, cap: Int, weight: Int) { state.addJob(job, cap: cap, weight: weight) }
    func removeJob(_ job: JobNumber) { state.removeJob(job) }
    func hold(_ job: JobNumber) { state.hold(job) }
    func setCap(_ cap: Int) -> [SchedulerState.WaiterID] { state.setCap(cap) }
    func takeIfIdle(_ job: JobNumber) -> Bool { state.takeIfIdle(job, store: .default) }
    func release(of job: JobNumber) -> [SchedulerState.WaiterID] { state.release(.default, of: job, round: 0) }

    func request(_ waiter: SchedulerState.Waiter, for job: JobNumber) -> [SchedulerState.WaiterID] {
        state.request(waiter, for: job)
    }

    func withdraw(_ waiter: SchedulerState.Waiter, of job: JobNumber) -> [SchedulerState.WaiterID] {
        state.withdraw(waiter, of: job)
    }
}

@Suite struct SchedulerStateTests {
    private func job(_ number: Int) -> JobNumber { JobNumber(Int64(number)) }

    @Test func prioritiesNineAndOneShareNineToOne() {
        var simulation = Simulation(cap: 16, seed: SeededGenerator().seed)
        for (number, weight) in [(1, 9), (2, 1)] {
            simulation.rules.addJob(job(number), cap: 64, weight: weight)
            for _ in 0..<64 { simulation.ask(job(number)) }
        }
        for _ in 0..<20_000 { simulation.step() }
        let ratio = Double(simulation.slotTicks[job(1)] ?? 0) / Double(simulation.slotTicks[job(2)] ?? 1)
        #expect(ratio > 7.5 && ratio < 10.5, "seed \(simulation.generator.seed)")
    }

    @Test func equalJobsShareEqually() {
        var simulation = Simulation(cap: 16, seed: SeededGenerator().seed)
        for number in 1...8 {
            simulation.rules.addJob(job(number), cap: 32, weight: 5)
            for _ in 0..<40 { simulation.ask(job(number)) }
        }
        for _ in 0..<10_000 { simulation.step() }
        let shares = simulation.slotTicks.values
        #expect(Double(shares.max() ?? 0) / Double(shares.min() ?? 1) < 1.15, "seed \(simulation.generator.seed)")
    }

    /// Whose share is less than a slot gets its share all the same, by turns.
    @Test(arguments: [(1, 2), (1, 9), (4, 40), (16, 20), (16, 100)])
    func fewerPermitsThanJobsAreSharedByWeight(permits: Int, jobs: Int) {
        var simulation = Simulation(cap: permits, seed: SeededGenerator().seed)
        let weights = (0..<jobs).map { $0 == 0 ? 9 : 1 + $0 % 9 }
        for number in 0..<jobs {
            simulation.rules.addJob(job(number), cap: 8, weight: weights[number])
            for _ in 0..<8 { simulation.ask(job(number)) }
        }
        let all = weights.reduce(0, +)
        // Requests take 10.5 ticks on average: each unit of weight has some 40 turns.
        for _ in 0..<(420 * all / permits) { simulation.step() }
        for number in 0..<jobs {
            let fair = Double(simulation.tick * permits * weights[number]) / Double(all)
            let share = Double(simulation.slotTicks[job(number)] ?? 0) / fair
            #expect(share > 0.6 && share < 1.5, "job \(number), seed \(simulation.generator.seed)")
        }
    }

    /// Two files, one after the other, beside a job that fills every slot: each is sent at the next slot that falls free.
    @Test func whoSendsOneFileAfterAnotherWaitsForOneSlotAtMost() {
        let rules = Rules(cap: 4)
        for number in 1...2 { rules.addJob(job(number), cap: 64, weight: 5) }
        for _ in 0..<4 { #expect(rules.takeIfIdle(job(1))) }
        var id: SchedulerState.WaiterID = 0
        func ask(_ number: Int) -> [SchedulerState.WaiterID] {
            id += 1
            return rules.request(.init(id: id, urgency: .newFile(size: 1), store: .default), for: job(number))
        }
        for _ in 0..<20 {
            #expect(ask(1).isEmpty)
            #expect(ask(2).isEmpty)
            #expect(rules.release(of: job(1)) == [id])
            #expect(rules.release(of: job(2)).count == 1)
        }
    }

    @Test func anIdleSlotIsNeverLeftWhileSomethingCouldRun() {
        let seed = SeededGenerator().seed
        var dice = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            var simulation = Simulation(cap: Int.random(in: 1...20, using: &dice), seed: dice.next())
            let jobs = Int.random(in: 1...6, using: &dice)
            var caps: [Int] = []
            for number in 0..<jobs {
                caps.append(Int.random(in: 1...12, using: &dice))
                simulation.rules.addJob(job(number), cap: caps[number], weight: Int.random(in: 1...9, using: &dice))
                for _ in 0..<Int.random(in: 0...30, using: &dice) {
                    let urgency: SchedulerState.Urgency =
                        Bool.random(using: &dice) ? .startedFile : .newFile(size: Int64.random(in: 0...9, using: &dice))
                    simulation.ask(job(number), urgency: urgency)
                }
            }
            for _ in 0..<60 {
                simulation.step(renewing: Bool.random(using: &dice))
                let inFlight = (0..<jobs).map { simulation.inFlight(job($0)) }
                #expect(simulation.running.count <= simulation.rules.cap, "seed \(seed)")
                #expect(simulation.running.count == simulation.rules.inFlight, "seed \(seed)")
                for number in 0..<jobs {
                    #expect(inFlight[number] <= caps[number], "seed \(seed)")
                    let couldRun =
                        simulation.rules.hasWaiters(job(number)) && inFlight[number] < caps[number]
                        && simulation.running.count < simulation.rules.cap
                    #expect(!couldRun, "an idle slot, seed \(seed)")
                }
            }
        }
    }

    @Test func startedFilesGoFirstThenTheLargest() {
        let rules = Rules(cap: 1)
        rules.addJob(job(1), cap: 4, weight: 5)
        #expect(rules.takeIfIdle(job(1)))
        let waiters: [SchedulerState.Urgency] = [
            .newFile(size: 10), .newFile(size: 30), .startedFile, .newFile(size: 20), .startedFile, .newFile(size: 30),
        ]
        for (index, urgency) in waiters.enumerated() {
            #expect(rules.request(.init(id: UInt64(index), urgency: urgency, store: .default), for: job(1)).isEmpty)
        }
        var order: [SchedulerState.WaiterID] = []
        for _ in waiters { order += rules.release(of: job(1)) }
        #expect(order == [2, 4, 1, 5, 3, 0])
    }

    @Test func aLoweredCapIsKeptAndARaisedOneIsFilled() {
        var simulation = Simulation(cap: 8, seed: 1)
        simulation.rules.addJob(job(1), cap: 100, weight: 5)
        for _ in 0..<50 { simulation.ask(job(1)) }
        #expect(simulation.running.count == 8)
        simulation.grant(simulation.rules.setCap(3))
        for _ in 0..<40 { simulation.step() }
        #expect(simulation.running.count == 3)
        simulation.grant(simulation.rules.setCap(12))
        #expect(simulation.running.count == 12)
        simulation.grant(simulation.rules.setJob(job(1), cap: 5, weight: 5))
        for _ in 0..<40 { simulation.step() }
        #expect(simulation.running.count == 5)
    }

    @Test func whoeverGivesUpIsPassedOver() {
        let rules = Rules(cap: 1)
        rules.addJob(job(1), cap: 4, weight: 5)
        _ = rules.takeIfIdle(job(1))
        let waiters = (0..<6).map { index in
            SchedulerState.Waiter(
                id: UInt64(index), urgency: index < 3 ? .startedFile : .newFile(size: Int64(index)), store: .default)
        }
        for waiter in waiters { _ = rules.request(waiter, for: job(1)) }
        for index in [0, 2, 5, 3] { #expect(rules.withdraw(waiters[index], of: job(1)).isEmpty) }
        #expect(rules.waiting == 2)
        #expect(rules.release(of: job(1)) == [1])
        #expect(rules.release(of: job(1)) == [4])
        #expect(rules.release(of: job(1)).isEmpty)
        #expect(rules.inFlight == 0 && rules.waiting == 0)
    }

    @Test func aHeldJobGetsNothingAndARemovedOneIsForgotten() {
        let rules = Rules(cap: 1)
        for number in 1...2 { rules.addJob(job(number), cap: 4, weight: 5) }
        _ = rules.takeIfIdle(job(1))
        _ = rules.request(.init(id: 1, urgency: .startedFile, store: .default), for: job(1))
        rules.hold(job(1))
        #expect(rules.release(of: job(1)).isEmpty)
        rules.removeJob(job(1))
        #expect(rules.waiting == 0)
        #expect(rules.takeIfIdle(job(2)))
    }

    @Test func aHeldJobGetsNoneOfTheOthersPermits() {
        let rules = Rules(cap: 1)
        for number in 1...2 { rules.addJob(job(number), cap: 4, weight: 5) }
        _ = rules.takeIfIdle(job(2))
        _ = rules.request(.init(id: 1, urgency: .startedFile, store: .default), for: job(1))
        rules.hold(job(1))
        #expect(rules.release(of: job(2)).isEmpty)
        #expect(rules.request(.init(id: 2, urgency: .startedFile, store: .default), for: job(2)) == [2])
    }

    /// A job that was paused while it waited comes back under its number, and what it was once offered counts no more.
    @Test(arguments: 1...8) func whatAJobWasOfferedEndsWithItsRun(requests: Int) {
        let rules = Rules(cap: 1)
        for number in 1...2 { rules.addJob(job(number), cap: 1, weight: 5) }
        _ = rules.takeIfIdle(job(2))
        var id: SchedulerState.WaiterID = 0
        func ask() -> [SchedulerState.WaiterID] {
            id += 1
            return rules.request(.init(id: id, urgency: .startedFile, store: .default), for: job(1))
        }
        for _ in 0..<requests { _ = ask() }
        rules.removeJob(job(1))
        rules.addJob(job(1), cap: 1, weight: 5)
        _ = ask()
        #expect(rules.setCap(2) == [id])
        for _ in 0..<8 {
            _ = ask()
            #expect(rules.setCap(3).isEmpty, "above the job's cap")
            _ = rules.setCap(2)
        }
    }
}
