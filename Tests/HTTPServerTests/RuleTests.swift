import HTTPTypes
import Testing

@testable import HTTPServer

/// The room's rules by themselves.
struct RuleTests {
    private static let limits: ConnectionDeadlines.Limits = {
        var configuration = ServerConfiguration()
        configuration.headerDeadline = .milliseconds(100)
        configuration.idleTimeout = .milliseconds(1000)
        configuration.bodyGrace = .milliseconds(500)
        configuration.minimumBodyRate = 1000
        return ConnectionDeadlines.Limits(configuration)
    }()

    @Test func aHeadIsTimedFromItsFirstByte() {
        var deadlines = ConnectionDeadlines(now: 0)
        #expect(!deadlines.isLate(now: 1000, limits: Self.limits))
        #expect(deadlines.isLate(now: 1001, limits: Self.limits))
        deadlines.noteBytes(now: 900)
        deadlines.noteBytes(now: 950)
        #expect(!deadlines.isLate(now: 1000, limits: Self.limits))
        deadlines.enter(.head, now: 990)
        #expect(deadlines.isLate(now: 1001, limits: Self.limits))
    }

    @Test func aBodyIsTimedByItsRate() {
        var deadlines = ConnectionDeadlines(now: 0)
        deadlines.enter(.head, now: 0)
        deadlines.enter(.body(received: 0), now: 1000)
        #expect(!deadlines.isLate(now: 1500, limits: Self.limits))
        #expect(deadlines.isLate(now: 1501, limits: Self.limits))
        deadlines.receive(700)
        #expect(!deadlines.isLate(now: 1700, limits: Self.limits))
        #expect(deadlines.isLate(now: 1702, limits: Self.limits))
        deadlines.enter(.answering, now: 1800)
        #expect(!deadlines.isLate(now: 1_000_000, limits: Self.limits))
    }

    @Test func durationsBecomeMilliseconds() {
        #expect(Duration.seconds(1.5).milliseconds == 1500)
        #expect(Duration.microseconds(1).milliseconds == 1)
        #expect(Duration.seconds(-1).milliseconds == 0)
        #expect(Duration.seconds(Int64.max).milliseconds == 365 * 24 * 3600 * 1000)
    }

    @Test(arguments: [UInt64(1), 2, 3, 4])
    func aBufferGivesBackWhatItTook(seed: UInt64) {
        var random = SplitMix(seed: seed)
        var buffer = StreamBuffer()
        var expected: [UInt8] = []
        var taken: [UInt8] = []
        for round in 0..<2000 {
            let bytes = (0..<Int.random(in: 0...40, using: &random)).map { UInt8(truncatingIfNeeded: round &+ $0) }
            buffer.append(bytes)
            expected += bytes
            guard round % 3 == 0 else { continue }
            var places: [Int] = []
            let before = taken.count
            let count = buffer.take(Int.random(in: 0...100, using: &random)) { piece, place in
                places.append(place - (taken.count - before))
                taken += piece
            }
            #expect(count == taken.count - before)
            #expect(places.allSatisfy { $0 == 0 })
            #expect(buffer.count == expected.count - taken.count)
        }
        while buffer.take(1000, { piece, _ in taken += piece }) > 0 {}
        #expect(taken == expected, "seed \(seed)")
        #expect(buffer.count == 0)
    }

    @Test func anAnswerResumesAParkedExchangeOnce() {
        var state = ExchangeState(streamLimit: 10)
        state.run()
        #expect(state.settle().isPark)
        #expect(state.answer(ServerResponse(status: .ok)) == .resume)
        var resume = false
        _ = state.abort(ServerError(.stopped, ""), resume: &resume)
        #expect(!resume)
        #expect(state.settle().isDrop)
        #expect(state.end(ServerError(.stopped, "")).unsent?.status == .ok)
        #expect(state.answer(ServerResponse(status: .ok)) == .discard)
    }

    @Test func anAbortResumesAParkedExchangeOnce() {
        var state = ExchangeState(streamLimit: 10)
        state.run()
        #expect(state.settle().isPark)
        var resume = false
        _ = state.abort(ServerError(.stopped, ""), resume: &resume)
        #expect(resume)
        resume = false
        _ = state.abort(ServerError(.clientLeft, ""), resume: &resume)
        #expect(!resume)
        #expect(state.answer(ServerResponse(status: .ok)) == .discard)
        #expect(state.settle().isDrop)
        _ = state.end(ServerError(.clientLeft, ""))
        #expect(state.failure?.code == .stopped)
    }

    @Test func aStreamParksUntilItIsWrittenTo() {
        var state = ExchangeState(streamLimit: 10)
        state.run()
        var freed: [ExchangeState.Writer] = []
        var resume = false
        #expect(state.answer(ServerResponse(status: .ok, body: .stream { _ in })) == .wait)
        #expect(state.read(100, freed: &freed) { _, _ in } == .park)
        #expect(state.write([1, 2, 3], resume: &resume) == .accepted)
        #expect(resume)
        #expect(state.write([UInt8](repeating: 0, count: 8), resume: &resume) == .wait)
        #expect(!resume)
        #expect(state.read(100, freed: &freed) { _, _ in } == .bytes(11))
        let isResumed = state.endStream(.success(()))
        #expect(!isResumed)
        #expect(state.read(100, freed: &freed) { _, _ in } == .complete)
        #expect(state.write([1], resume: &resume) != .accepted)
    }
}

extension ExchangeState.Settlement {
    fileprivate var isPark: Bool { if case .park = self { true } else { false } }
    fileprivate var isDrop: Bool { if case .drop = self { true } else { false } }
}
