import API
import Model
import Testing

struct StreamPaceTests {
    private let start = ContinuousClock.now

    private func at(_ seconds: Double) -> ContinuousClock.Instant { start.advanced(by: .seconds(seconds)) }

    private func pace() -> StreamPace {
        StreamPace(interval: .milliseconds(500), heartbeat: .seconds(12), start: Revision(5), now: start)
    }

    @Test func ticksComeAtMostOnceAnInterval() {
        var pace = pace()
        let ticks = [0.4, 0.5, 0.9, 5, 5.4].map { pace.takeTick(now: at($0), readers: 250) }
        #expect(ticks == [false, true, false, true, false])
    }

    /// A thousand readers share what two hundred and fifty have.
    @Test func ticksComeLessOftenWhereManyRead() {
        var pace = pace()
        let ticks = [0.5, 1, 2.4, 2.5, 4.4, 4.5].map { pace.takeTick(now: at($0), readers: 1_000) }
        #expect(ticks == [true, false, false, true, false, true])
        let later = [6.4, 6.5, 7].map { pace.takeTick(now: at($0), readers: 10) }
        #expect(later == [false, true, true])
    }

    @Test func silenceIsBrokenByAHeartbeat() {
        var pace = pace()
        #expect(!pace.heartbeat(reached: Revision(5), now: at(11.9)).isDue)
        let beat = pace.heartbeat(reached: Revision(5), now: at(12))
        #expect(beat.isDue && beat.id == nil)
        pace.wrote(id: nil, now: at(12))
        #expect(!pace.heartbeat(reached: Revision(5), now: at(23)).isDue)
    }

    @Test func aHiddenRevisionIsToldAlsoWhileOtherEventsFlow() {
        var pace = pace()
        for second in 1...11 { pace.wrote(id: nil, now: at(Double(second))) }
        #expect(!pace.heartbeat(reached: Revision(9), now: at(11)).isDue)
        let beat = pace.heartbeat(reached: Revision(9), now: at(12))
        #expect(beat.isDue && beat.id == Revision(9))
        pace.wrote(id: Revision(9), now: at(12))
        #expect(pace.heartbeat(reached: Revision(9), now: at(12.5)).id == nil)
    }

    @Test func patienceEndsWithTheNextTickOrHeartbeat() {
        let pace = pace()
        #expect(pace.patience(now: at(0.2), hasTicks: true) == .milliseconds(300))
        #expect(pace.patience(now: at(2), hasTicks: false) == .seconds(10))
        #expect(pace.patience(now: at(20), hasTicks: true) == .milliseconds(1))
    }
}
