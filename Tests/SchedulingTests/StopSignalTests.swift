import Model
import Testing

@testable import Scheduling

@Suite(.timeLimit(.minutes(5))) struct StopSignalTests {
    private func name(_ reason: StopReason?) -> String {
        switch reason {
        case nil: "none"
        case .cancel: "cancel"
        case .pause: "pause"
        case .shutdown: "shutdown"
        case .failure: "failure"
        }
    }

    private static let failure = StopReason.failure(Failure(.internal, "x"))

    @Test func theFirstReasonStandsUnlessAStrongerOneComes() {
        let table: [([StopReason], String)] = [
            ([.pause, .cancel], "cancel"), ([.cancel, .pause], "cancel"), ([Self.failure, .cancel], "cancel"),
            ([Self.failure, .pause], "failure"), ([.pause, Self.failure], "pause"), ([.pause, .shutdown], "shutdown"),
            ([.shutdown, .pause], "shutdown"), ([.shutdown, .cancel], "shutdown"), ([.cancel, .shutdown], "cancel"),
            ([Self.failure, .shutdown], "failure"), ([], "none"),
        ]
        for (reasons, result) in table {
            let signal = StopSignal()
            for reason in reasons { signal.stop(reason) }
            #expect(name(signal.reason) == result, "\(reasons.map(name))")
        }
    }

    @Test func aWaitEndsByAStopBeforeOrAfterItAndByACancel() async {
        let early = StopSignal()
        early.stop(.pause)
        await early.wait()
        for round in 0..<300 {
            let signal = StopSignal()
            await withTaskGroup { group in
                group.addTask { await signal.wait() }
                if round % 3 != 0 { group.addTask { signal.stop(.cancel) } }
                if round % 3 != 1 { group.cancelAll() }
                await group.waitForAll()
            }
        }
    }
}
