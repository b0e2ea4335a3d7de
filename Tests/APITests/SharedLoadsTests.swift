import API
import Synchronization
import Testing

struct SharedLoadsTests {
    private final class Counter: Sendable {
        private let state = Mutex(0)
        func next() -> Int {
            state.withLock { count in
                count += 1
                return count
            }
        }
        var count: Int { state.withLock { $0 } }
    }

    private struct Fault: Error {}

    @Test(.timeLimit(.minutes(5)))
    func manyWhoComeTogetherCostOneLoad() async throws {
        let loads = SharedLoads<Int, Int>(bound: 4)
        let counter = Counter()
        let values = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<200 {
                group.addTask {
                    try await loads.value(for: 1, age: .seconds(60)) {
                        for _ in 0..<50 { await Task.yield() }
                        return counter.next()
                    }
                }
            }
            return try await group.reduce(into: [Int]()) { $0.append($1) }
        }
        #expect(values == Array(repeating: 1, count: 200) && counter.count == 1)
    }

    @Test func whatIsOldIsLoadedAgain() async throws {
        let clock = ManualInstant()
        let loads = SharedLoads<Int, Int>(bound: 4, now: { clock.now })
        let counter = Counter()
        func value() async throws -> Int {
            try await loads.value(for: 1, age: .milliseconds(100)) { counter.next() }
        }
        #expect(try await value() == 1)
        clock.advance(.milliseconds(99))
        #expect(try await value() == 1)
        clock.advance(.milliseconds(1))
        #expect(try await value() == 2)
    }

    @Test func aFailureIsItsCallersAlone() async throws {
        let loads = SharedLoads<Int, Int>(bound: 4)
        await #expect(throws: Fault.self) { try await loads.value(for: 1, age: .seconds(60)) { throw Fault() } }
        #expect(try await loads.value(for: 1, age: .seconds(60)) { 7 } == 7)
    }

    @Test func entriesStayWithinTheirBound() async throws {
        let loads = SharedLoads<Int, Int>(bound: 4)
        let counter = Counter()
        for key in 0..<100 {
            _ = try await loads.value(for: key, age: .seconds(60)) { counter.next() }
        }
        // The newest is kept, the first ones are gone.
        _ = try await loads.value(for: 99, age: .seconds(60)) { counter.next() }
        #expect(counter.count == 100)
        _ = try await loads.value(for: 0, age: .seconds(60)) { counter.next() }
        #expect(counter.count == 101)
    }
}

/// A clock that stands still until it is told.
final class ManualInstant: Sendable {
    private let moment = Mutex(ContinuousClock.now)
    var now: ContinuousClock.Instant { moment.withLock { $0 } }
    func advance(_ duration: Duration) { moment.withLock { $0 = $0.advanced(by: duration) } }
}
