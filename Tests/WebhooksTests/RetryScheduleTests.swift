import CurlTransport
import Testing

@testable import Webhooks

struct RetryScheduleTests {
    @Test func theWaitsAreThoseOfTheStandardOverADay() {
        let schedule = RetrySchedule()
        let waits = (1...8).map { schedule.wait(afterTries: $0, asked: nil, chance: 0) }
        #expect(waits == [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400].map { .seconds($0) } + [nil])
        #expect(waits.compactMap(\.self).reduce(.zero, +) > .seconds(86_400))
    }

    @Test func chanceMakesAWaitLongerByATenthAtMost() {
        #expect(RetrySchedule().wait(afterTries: 1, asked: nil, chance: 1) == .milliseconds(5_500))
    }

    @Test func theReceiverMayAskForLonger() {
        let schedule = RetrySchedule()
        #expect(schedule.wait(afterTries: 1, asked: .seconds(120), chance: 0) == .seconds(120))
        #expect(schedule.wait(afterTries: 1, asked: .seconds(1), chance: 0) == .seconds(5))
        #expect(schedule.wait(afterTries: 1, asked: .seconds(1_000_000), chance: 0) == .seconds(86_400))
        #expect(schedule.wait(afterTries: 8, asked: .seconds(1), chance: 0) == nil)
    }

    @Test(arguments: [200, 201, 204, 299]) func anyTwoHundredIsSuccess(status: Int) {
        #expect(DeliveryVerdict(reply(status)) == .delivered(status: status))
    }

    @Test(arguments: [301, 302, 307, 400, 404, 429, 500, 503]) func othersAreTriedAgain(status: Int) {
        guard case .failed(let told, _, nil) = DeliveryVerdict(reply(status)) else {
            Issue.record("\(DeliveryVerdict(reply(status)))")
            return
        }
        #expect(told == status)
    }

    @Test func goneIsGone() { #expect(DeliveryVerdict(reply(410)) == .gone) }

    @Test func retryAfterIsRead() {
        guard case .failed(_, _, let after) = DeliveryVerdict(reply(503, "Retry-After: 7\r\n")) else { return }
        #expect(after == .seconds(7))
    }

    private func reply(_ status: Int, _ fields: String = "") -> Reply {
        Reply(status: status, headers: ReplyHeaders(block: Array("HTTP/1.1 \(status) x\r\n\(fields)".utf8)))
    }
}
