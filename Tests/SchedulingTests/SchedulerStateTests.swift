import Model
import Scheduling
import Support
import Testing

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
        var simulation = SchedulerSimulation(cap: 16, seed: SeededGenerator().seed)
        for (number, weight) in [(1, 9), (2, 1)] {
            simulation.add(job(number), weight: weight, lanes: 64)
        }
        simulation.steps(20_000)
        let ratio = Double(simulation.held[job(1)] ?? 0) / Double(simulation.held[job(2)] ?? 1)
        #expect(ratio > 7.5 && ratio < 10.5, "seed \(simulation.generator.seed)")
    }

    @Test func equalJobsShareEqually() {
        var simulation = SchedulerSimulation(cap: 16, seed: SeededGenerator().seed)
        for number in 1...8 {
            simulation.add(job(number), cap: 32, lanes: 40)
        }
        simulation.steps(10_000)
        let shares = simulation.held.values
        #expect(Double(shares.max() ?? 0) / Double(shares.min() ?? 1) < 1.15, "seed \(simulation.generator.seed)")
    }

    /// Whose share is less than a slot gets its share all the same, by turns.
    @Test(arguments: [(1, 2), (1, 9), (4, 40), (16, 20), (16, 100)])
    func fewerPermitsThanJobsAreSharedByWeight(permits: Int, jobs: Int) {
        var simulation = SchedulerSimulation(cap: permits, seed: SeededGenerator().seed)
        let weights = (0..<jobs).map { $0 == 0 ? 9 : 1 + $0 % 9 }
        for number in 0..<jobs {
            simulation.add(job(number), cap: 8, weight: weights[number], lanes: 8)
        }
        let all = weights.reduce(0, +)
        // Requests take 10.5 ticks on average: each unit of weight has some 40 turns.
        simulation.steps(420 * all / permits)
        for number in 0..<jobs {
            let fair = Double(simulation.tick * permits * weights[number]) / Double(all)
            let share = Double(simulation.held[job(number)] ?? 0) / fair
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
            var simulation = SchedulerSimulation(cap: Int.random(in: 1...20, using: &dice), seed: dice.next())
            let jobs = Int.random(in: 1...6, using: &dice)
            var caps: [Int] = []
            for number in 0..<jobs {
                caps.append(Int.random(in: 1...12, using: &dice))
                simulation.add(job(number), cap: caps[number], weight: Int.random(in: 1...9, using: &dice), lanes: 0)
                for _ in 0..<Int.random(in: 0...30, using: &dice) {
                    let urgency: SchedulerState.Urgency =
                        Bool.random(using: &dice) ? .startedFile : .newFile(size: Int64.random(in: 0...9, using: &dice))
                    simulation.ask(job(number), urgency: urgency)
                }
            }
            for _ in 0..<60 {
                simulation.step(renewing: Bool.random(using: &dice))
                let inFlight = (0..<jobs).map { simulation.count(job($0)) }
                #expect(simulation.count <= simulation.rules.cap, "seed \(seed)")
                #expect(simulation.count == simulation.rules.inFlight, "seed \(seed)")
                for number in 0..<jobs {
                    #expect(inFlight[number] <= caps[number], "seed \(seed)")
                    let couldRun =
                        simulation.rules.hasWaiters(job(number)) && inFlight[number] < caps[number]
                        && simulation.count < simulation.rules.cap
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
        var simulation = SchedulerSimulation(cap: 8, seed: 1)
        simulation.add(job(1), cap: 100, lanes: 50)
        #expect(simulation.count == 8)
        simulation.grant(simulation.rules.setCap(3))
        simulation.steps(40)
        #expect(simulation.count == 3)
        simulation.grant(simulation.rules.setCap(12))
        #expect(simulation.count == 12)
        simulation.grant(simulation.rules.setJob(job(1), cap: 5, weight: 5))
        simulation.steps(40)
        #expect(simulation.count == 5)
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
