import API
import HTTPTypes
import Testing

@testable import longshore

/// What a person reads when something does not go.
struct ClientErrorTests {
    private func error(_ status: Int, _ body: String) -> ClientError {
        Problem(ServiceReply(status: status, headerFields: [:], body: Array(body.utf8))).error
    }

    @Test func aProblemIsToldAsItIsWithWhatToDo() {
        let told = error(
            403,
            #"{"title":"The path is not under an allowed root","detail":"/etc is not.","code":"PATH_NOT_ALLOWED"}"#)
        #expect(told.outcome == .refused && told.code == "PATH_NOT_ALLOWED")
        #expect(told.text.hasPrefix("The path is not under an allowed root. /etc is not.\n  A service reads"))
    }

    @Test func theFaultsOfASpecAreListed() {
        let told = error(
            400,
            """
            {"title":"The request is not valid","detail":"2 faults.","code":"INVALID_SPEC","errors":[
            {"pointer":"/concurrency","detail":"must be from 1 to 1,024"},{"pointer":"/tags/a","detail":"is \\u001b[2J"}]}
            """)
        #expect(told.outcome == .usage)
        #expect(told.text == "The request is not valid.\n  concurrency must be from 1 to 1,024\n  tags/a is \\x1b[2J")
    }

    @Test func anAnswerThatIsNoProblemIsTold() {
        #expect(error(502, "<html>").text == "The service answered with status 502.")
    }

    @Test func patienceEnds() {
        var absence = Absence(patience: .seconds(1))
        let start = ContinuousClock.now
        #expect(absence.next(now: start) == .milliseconds(200))
        #expect(absence.next(now: start + .milliseconds(200)) == .milliseconds(400))
        #expect(absence.next(now: start + .milliseconds(600)) == .milliseconds(800))
        #expect(absence.next(now: start + .milliseconds(1_400)) == nil)
        absence.end()
        #expect(absence.next(now: start + .seconds(9)) == .milliseconds(200))
    }

    @Test func valuesAreWrittenAsTheyWereRead() throws {
        let text = #"{"a\"b":[1,-2.5,true,null,"\u001b\u00fc"],"c":{}}"#
        let value = try JSONParser.parse(Array(text.utf8))
        #expect(try JSONParser.parse(value.line) == value)
        #expect(!value.line.contains { $0 < 0x20 })
    }
}
