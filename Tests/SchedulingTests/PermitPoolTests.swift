import Model
import Support
import Synchronization
import Testing

@testable import Scheduling

@Suite(.timeLimit(.minutes(5))) struct PermitPoolTests {
    private func job(_ number: Int) -> JobNumber { JobNumber(Int64(number)) }

    /// Permits that are out: looked at while each is held.
    private final class Desk: Sendable {
        private struct State {
            var all = 0
            var jobs: [JobNumber: Int] = [:]
            var most = 0
            var granted = 0
        }

        private let state = Mutex(State())
        var most: Int { state.withLock { $0.most } }
        var granted: Int { state.withLock { $0.granted } }

        /// How many are out now, of all and of the job.
        func enter(_ job: JobNumber) -> (all: Int, job: Int) {
            state.withLock { state in
                state.all += 1
                state.granted += 1
                state.jobs[job, default: 0] += 1
                state.most = max(state.most, state.all)
                return (state.all, state.jobs[job] ?? 0)
            }
        }

        func leave(_ job: JobNumber) {
            state.withLock { state in
                state.all -= 1
                state.jobs[job, default: 0] -= 1
            }
        }
    }

    private final class Highest: Sendable {
        private let state: Mutex<Int>

        init(_ value: Int) { state = Mutex(value) }

        var value: Int { state.withLock { $0 } }

        func raise(to value: Int) { state.withLock { $0 = max($0, value) } }
    }

    @Test func nobodyEverHasMoreThanTheCaps() async {
        let dice = SeededGenerator()
        let (pool, desk) = (PermitPool(cap: 7), Desk())
        let caps = [1, 3, 5, 20]
        for (index, cap) in caps.enumerated() { pool.addJob(job(index), cap: cap, weight: index + 1) }
        await withTaskGroup { group in
            for index in 0..<400 {
                var own = SeededGenerator(seed: dice.seed &+ UInt64(index))
                let number = Int.random(in: 0..<caps.count, using: &own)
                let urgency: SchedulerState.Urgency =
                    Bool.random(using: &own) ? .startedFile : .newFile(size: Int64.random(in: 0...9, using: &own))
                let (yields, givesUp) = (Int.random(in: 0...6, using: &own), Int.random(in: 0...9, using: &own) == 0)
                group.addTask {
                    await withTaskGroup { attempt in
                        attempt.addTask { [job] in
                            guard
                                let permit = try? await pool.acquire(
                                    for: job(number), urgency: urgency, store: .default)
                            else { return }
                            let out = desk.enter(job(number))
                            #expect(out.all <= 7 && out.job <= caps[number], "seed \(dice.seed)")
                            for _ in 0..<yields { await Task.yield() }
                            desk.leave(job(number))
                            _ = consume permit
                        }
                        if givesUp {
                            for _ in 0..<yields { await Task.yield() }
                            attempt.cancelAll()
                        }
                        await attempt.waitForAll()
                    }
                }
            }
        }
        #expect(pool.inFlight == 0 && desk.most == 7, "seed \(dice.seed)")
        for number in caps.indices { #expect(!pool.hasWaiters(job(number))) }
    }

    /// A lowered cap takes effect as permits come back: none is granted while as many are out.
    @Test func aCapThatMovesIsKeptAtEachGrant() async {
        let dice = SeededGenerator()
        let pool = PermitPool(cap: 4)
        pool.addJob(job(1), cap: 64, weight: 5)
        let highest = Highest(4)
        await withTaskGroup { group in
            for index in 0..<300 {
                var own = SeededGenerator(seed: dice.seed &+ UInt64(index))
                let (yields, cap) = (Int.random(in: 0...5, using: &own), Int.random(in: 1...9, using: &own))
                group.addTask { [job] in
                    if index % 5 == 0 {
                        highest.raise(to: cap)
                        pool.setCap(cap)
                    }
                    guard let permit = try? await pool.acquire(for: job(1), urgency: .startedFile, store: .default)
                    else {
                        Issue.record("not cancelled, and no permit")
                        return
                    }
                    #expect(pool.inFlight <= highest.value, "seed \(dice.seed)")
                    for _ in 0..<yields { await Task.yield() }
                    _ = consume permit
                }
            }
        }
        #expect(pool.inFlight == 0)
    }

    @Test func aLoweredCapWaitsForPermitsAndARaisedOneWakes() async throws {
        let pool = PermitPool(cap: 2)
        pool.addJob(job(1), cap: 9, weight: 5)
        let first = HeldPermit(try await pool.acquire(for: job(1), urgency: .startedFile, store: .default))
        let second = HeldPermit(try await pool.acquire(for: job(1), urgency: .startedFile, store: .default))
        let (events, told) = AsyncStream.makeStream(of: Int.self)
        await withTaskGroup { group in
            for number in 1...2 {
                group.addTask { [job] in
                    let permit = try? await pool.acquire(for: job(1), urgency: .startedFile, store: .default)
                    told.yield(number)
                    _ = consume permit
                }
            }
            while pool.waiting < 2 { await Task.yield() }
            pool.setCap(1)
            first.giveBack()
            #expect(pool.inFlight == 1 && pool.waiting == 2)
            pool.setCap(2)
            var iterator = events.makeAsyncIterator()
            _ = await iterator.next()
            _ = await iterator.next()
            await group.waitForAll()
        }
        second.giveBack()
        #expect(pool.inFlight == 0)
    }

    @Test func aCancelledWaiterHoldsNothingAndTheNextOneComes() async throws {
        let pool = PermitPool(cap: 1)
        pool.addJob(job(1), cap: 1, weight: 5)
        let first = HeldPermit(try await pool.acquire(for: job(1), urgency: .startedFile, store: .default))
        await withTaskGroup { group in
            group.addTask { [job] in
                await #expect(throws: CancellationError.self) {
                    _ = try await pool.acquire(for: job(1), urgency: .startedFile, store: .default)
                }
            }
            while pool.waiting < 1 { await Task.yield() }
            group.cancelAll()
            await group.waitForAll()
        }
        #expect(pool.waiting == 0 && pool.inFlight == 1)
        first.giveBack()
        let next = try await pool.acquire(for: job(1), urgency: .startedFile, store: .default)
        #expect(pool.inFlight(of: job(1)) == 1)
        _ = consume next
    }

    @Test func aDrainEndsWithTheLastPermitAndLetsNobodyIn() async throws {
        let pool = PermitPool(cap: 4)
        pool.addJob(job(1), cap: 4, weight: 5)
        let permit = HeldPermit(try await pool.acquire(for: job(1), urgency: .startedFile, store: .default))
        try await withThrowingTaskGroup { group in
            group.addTask { [job] in await pool.drain(job(1)) }
            group.addTask { [job] in
                await #expect(throws: CancellationError.self) {
                    pool.hold(job(1))
                    _ = try await pool.acquire(for: job(1), urgency: .startedFile, store: .default)
                }
            }
            while pool.waiting < 1 { await Task.yield() }
            permit.giveBack()
            try await group.next()
            #expect(pool.inFlight == 0 && pool.waiting == 1, "a held job was let in")
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    @Test func aDrainThatIsCancelledReturns() async throws {
        let pool = PermitPool(cap: 1)
        pool.addJob(job(1), cap: 1, weight: 5)
        let permit = HeldPermit(try await pool.acquire(for: job(1), urgency: .startedFile, store: .default))
        await withTaskGroup { group in
            group.addTask { [job] in await pool.drain(job(1)) }
            group.cancelAll()
            await group.waitForAll()
        }
        #expect(pool.inFlight == 1)
        permit.giveBack()
    }

    /// A store asks for half a second: nobody begins before, and whoever waits is woken by the pool itself.
    @Test func whoeverWaitsForAStoreIsWoken() async throws {
        let pool = PermitPool(cap: 4)
        for number in 1...2 { pool.addJob(job(number), cap: 4, weight: 5) }
        let first = try await pool.acquire(for: job(1), urgency: .startedFile, store: .default)
        let round = first.round
        _ = consume first
        let began = ContinuousClock.now
        pool.throttled(.default, round: round, after: .milliseconds(500))
        #expect(pool.isBackingOff(.default))
        try await withThrowingTaskGroup { group in
            for _ in 0..<10 {
                group.addTask { [job] in
                    let permit = try await pool.acquire(for: job(1), urgency: .startedFile, store: .default)
                    #expect(ContinuousClock.now - began >= .milliseconds(490))
                    _ = consume permit
                }
            }
            let other = try await pool.acquire(
                for: job(2), urgency: .startedFile, store: StoreName("other"))
            _ = consume other
            try await group.waitForAll()
        }
        #expect(pool.inFlight == 0 && pool.waiting == 0 && !pool.isBackingOff(.default))
    }
}
