import API
import HTTPServer
import HTTPTypes
import Testing

/// Pages of other hosts, and names that are pointed here.
@Suite(.timeLimit(.minutes(2)))
struct HostTests {
    private let rule = HostRule(names: HostRule.loopback.union(["longshore.example"]), origins: ["front.example"])

    private func answer(
        _ world: APIWorld, _ method: HTTPRequest.Method, _ path: String, host: String?,
        _ fields: [HTTPField.Name: String] = [:]
    ) async -> Answer {
        var head = HTTPRequest(method: method, scheme: "http", authority: host, path: path)
        for (name, value) in fields { head.headerFields[name] = value }
        return Answer(await world.router.respond(to: .init(head: head), sink: nil))
    }

    @Test func onlyTheServicesNamesAreAnsweredTo() async throws {
        try await APIWorld.with { world throws in
            world.router.access.replace(with: .none, hosts: rule)
            for host in [
                "localhost", "LOCALHOST:8600", "127.0.0.1:1", "[::1]:8600", "longshore.example:443", "localhost.:80",
                nil,
            ] {
                #expect(await answer(world, .get, "/v1/jobs", host: host).status == 200, "\(host ?? "none")")
            }
            for host in ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8600", "", "front.example"] {
                let refused = await answer(world, .get, "/v1/jobs", host: host)
                #expect(refused.status == 421, "\(host)")
                #expect(try refused.code() == "MISDIRECTED_REQUEST")
                #expect(await answer(world, .get, "/livez", host: host).status == 200)
            }
        }
    }

    @Test func pagesOfOtherHostsChangeNothing() async throws {
        try await APIWorld.with { world throws in
            world.router.access.replace(with: .none, hosts: rule)
            let host = "localhost:8600"
            for origin in ["http://evil.example", "null", "http://localhost:8601", "https://front.example.evil", "x"] {
                let refused = await answer(world, .post, "/v1/tickets", host: host, [.origin: origin])
                #expect(refused.status == 403, "\(origin)")
                #expect(try refused.code() == "FORBIDDEN")
                #expect(await answer(world, .get, "/v1/jobs", host: host, [.origin: origin]).status == 200)
            }
            for origin in ["http://localhost:8600", "http://LOCALHOST:8600", "https://front.example"] {
                #expect(await answer(world, .post, "/v1/tickets", host: host, [.origin: origin]).status == 200)
            }
            let hidden = await answer(world, .post, "/v1/tickets", host: host, [.secFetchSite: "cross-site"])
            #expect(hidden.status == 403)
            #expect(await answer(world, .post, "/v1/tickets", host: host, [.secFetchSite: "same-origin"]).status == 200)
        }
    }
}
