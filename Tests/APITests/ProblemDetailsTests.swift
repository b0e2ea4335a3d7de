import API
import HTTPServer
import HTTPTypes
import Model
import Scheduling
import Storage
import Testing

struct ProblemDetailsTests {
    @Test(arguments: [
        (SchedulerError.Code.jobNotFound, 404, "JOB_NOT_FOUND"), (.conflict(.running), 409, "CONFLICT"),
        (.idInUse, 409, "CONFLICT"), (.idempotencyKeyReused, 422, "IDEMPOTENCY_KEY_REUSED"),
        (.draining, 503, "DRAINING"),
        (.tooManyJobs, 429, "TOO_MANY_JOBS"), (.stateUnavailable, 503, "STATE_UNAVAILABLE"),
        (.invalidSpec([SpecFault("/key", "x")]), 400, "INVALID_SPEC"), (.pathNotAllowed, 403, "PATH_NOT_ALLOWED"),
        (.sourceNotFound, 422, "SOURCE_NOT_FOUND"), (.unknownStore, 422, "UNKNOWN_STORE"),
    ])
    func theSchedulersRefusalsHaveTheirPlaceInTheTable(code: SchedulerError.Code, status: Int, name: String) throws {
        let problem = try #require(ProblemDetails(describing: SchedulerError(code, "it is so.")))
        #expect(problem.code.status.code == status && problem.code.rawValue == name)
        let response = problem.response
        #expect(response.headerFields[.contentType] == "application/problem+json")
        #expect((response.headerFields[.retryAfter] != nil) == [429, 503].contains(status))
        let object = try Samples.object(problem.body)
        #expect(object["type"] as? String == "urn:longshore:problem:\(name)")
        #expect(object["status"] as? Int == status && object["code"] as? String == name)
        #expect(object["retryable"] as? Bool == [429, 503].contains(status))
        #expect(object["title"] is String && object["detail"] is String)
    }

    @Test func aConflictNamesTheState() {
        #expect(ProblemDetails(SchedulerError(.conflict(.pausing), "No.")).detail == "No. The job is pausing.")
        #expect(ProblemDetails(SchedulerError(.conflict(.paused), "It is paused.")).detail == "It is paused.")
    }

    @Test func theStatesFaultsAreUnavailableAndKeepPathsToThemselves() throws {
        for code: StorageError.Code in [.locked, .damaged, .full, .readOnly, .newerSchema, .io] {
            let problem = try #require(
                ProblemDetails(describing: StorageError(code, operation: "read", message: "/secret/place")))
            #expect(problem.code == .stateUnavailable && !problem.detail.contains("secret"))
        }
        #expect(ProblemDetails(StorageError(.closed, operation: "read", message: "")).code == .draining)
    }

    @Test func whatNobodyForesawIsNotDescribed() {
        #expect(ProblemDetails(describing: CancellationError()) == nil)
    }

    @Test func faultsStandUnderErrorsAndOnlyThen() throws {
        let problem = ProblemDetails(faults: [SpecFault("/a", "x"), SpecFault("", "y")])
        let errors = try #require(try Samples.object(problem.body)["errors"] as? [[String: String]])
        #expect(errors == [["pointer": "/a", "detail": "x"], ["pointer": "", "detail": "y"]])
        #expect(try Samples.object(ProblemDetails(.notFound, "x").body)["errors"] == nil)
    }

    @Test func aMissingTokenNamesTheScheme() {
        #expect(ProblemDetails(.unauthorized, "x").response.headerFields[.wwwAuthenticate] == "Bearer")
    }
}
