import Model
import Testing

@Suite struct JobStateTests {
    struct Line: Sendable {
        var succeeded = 0
        var failed = 0
        var skipped = 0
        var hasError = false
        var state: JobState
    }

    @Test(arguments: [
        Line(state: .succeeded), Line(skipped: 3, state: .succeeded), Line(succeeded: 1, state: .succeeded),
        Line(succeeded: 1, skipped: 1, state: .succeeded), Line(failed: 1, state: .failed),
        Line(failed: 1, skipped: 5, state: .failed), Line(succeeded: 1, failed: 1, state: .partiallySucceeded),
        Line(hasError: true, state: .failed), Line(skipped: 2, hasError: true, state: .failed),
        Line(succeeded: 1, hasError: true, state: .partiallySucceeded),
        Line(succeeded: 1, failed: 1, hasError: true, state: .partiallySucceeded),
        Line(failed: 1, hasError: true, state: .failed),
    ])
    func whatAnEndedAttemptIsCalled(line: Line) {
        var counters = JobCounters()
        counters.filesSucceeded = line.succeeded
        counters.filesFailed = line.failed
        counters.filesSkipped = line.skipped
        let error = line.hasError ? Failure(.internal, "x") : nil
        #expect(JobState.outcome(of: counters, error: error) == line.state)
    }

    @Test func aFileWithoutAnOutcomeIsAFailureOfTheJob() {
        var counters = JobCounters()
        counters.filesTotal = 2
        counters.filesSucceeded = 1
        var end = JobState.end(of: counters, scanComplete: true, failure: nil)
        #expect(end.error?.code == .internal && end.state == .partiallySucceeded)
        let failure = Failure(.timeout, "late")
        #expect(JobState.end(of: counters, scanComplete: true, failure: failure).error == failure)
        counters.filesSkipped = 1
        end = JobState.end(of: counters, scanComplete: true, failure: nil)
        #expect(end.error == nil && end.state == .succeeded)
        end = JobState.end(of: counters, scanComplete: false, failure: nil)
        #expect(end.error?.code == .internal, "who knows what the scan would have found")
    }

    @Test func finalStatesAreThoseThatNothingMovesOn() {
        let final = JobState.allCases.filter(\.isFinal)
        #expect(final == [.succeeded, .partiallySucceeded, .failed, .cancelled])
    }

    @Test func theFractionCountsBytesAndFiles() {
        var counters = JobCounters()
        #expect(counters.fraction == 1)
        counters.filesTotal = 2
        counters.bytesTotal = 30
        #expect(counters.fraction == 0)
        counters.filesSucceeded = 1
        counters.bytesSucceeded = 10
        #expect(counters.fraction == 11.0 / 32)
        counters.filesSkipped = 1
        counters.bytesSkipped = 20
        #expect(counters.fraction == 1)
    }

    @Test func countersAddFieldByField() {
        var one = JobCounters()
        one.filesTotal = 1
        one.bytesResent = 2
        one.partsSucceeded = 3
        var sum = one
        sum += one
        #expect(sum.filesTotal == 2 && sum.bytesResent == 4 && sum.partsSucceeded == 6 && sum.bytesTotal == 0)
    }
}
