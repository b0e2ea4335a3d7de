import API
import HTTPServer
import HTTPTypes
import Testing

struct RouteTableTests {
    private let table = RouteTable([
        Route(.get, "/v1/jobs") { _, _ in ServerResponse(status: .ok) },
        Route(.post, "/v1/jobs", takesJSON: true) { _, _ in ServerResponse(status: .ok) },
        Route(.get, "/v1/jobs/{id}/files") { _, _ in ServerResponse(status: .ok) },
        Route(.get, "/livez", needsToken: false) { _, _ in ServerResponse(status: .ok) },
    ])

    private func match(_ method: HTTPRequest.Method, _ path: String) throws -> RouteTable.Match {
        try table.match(HTTPRequest(method: method, scheme: nil, authority: nil, path: path))
    }

    @Test func findsARouteAndWhatItsOpenSegmentStandsFor() throws {
        let found = try match(.get, "/v1/jobs/a%20b/files?x=1")
        #expect(found.parameters == [Array("a b".utf8)] && found.target.query == "x=1")
        #expect(try match(.post, "/v1/jobs").route.takesJSON)
        #expect(try match(.get, "/livez").route.scope == nil)
    }

    @Test func headIsServedByGet() throws {
        #expect(try match(.head, "/v1/jobs").route.method == .get)
    }

    @Test(arguments: [
        "/", "/v1", "/v1/jobs/", "/v1/jobs/a", "/v1/jobs/a/files/b", "/V1/jobs", "//v1/jobs", "x", "/%zz",
    ])
    func anotherPathIsNotFound(path: String) {
        #expect(throws: ProblemDetails(.notFound, "There is no such path.")) { try match(.get, path) }
    }

    @Test func anotherMethodIsToldWhichAreAllowed() throws {
        do {
            _ = try match(.delete, "/v1/jobs")
            Issue.record("DELETE was routed")
        } catch let problem as ProblemDetails {
            #expect(problem.code == .methodNotAllowed && problem.headerFields[.allow] == "GET, HEAD, POST")
        }
    }
}
