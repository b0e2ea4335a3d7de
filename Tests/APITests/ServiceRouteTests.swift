import API
import HTTPServer
import HTTPTypes
import Scheduling
import Testing

@Suite(.timeLimit(.minutes(2)))
struct ServiceRouteTests {
    @Test func limitsAreReadAndChanged() async throws {
        try await APIWorld.with { world throws in
            #expect(
                await world.send(.get, "/v1/limits").text == #"{"concurrency":64,"in_flight":0,"bandwidth_limit":null}"#
            )
            let changed = await world.send(.patch, "/v1/limits", body: #"{"concurrency":8,"bandwidth_limit":1000}"#)
            #expect(changed.text == #"{"concurrency":8,"in_flight":0,"bandwidth_limit":1000}"#)
            let cleared = await world.send(.patch, "/v1/limits", body: #"{"bandwidth_limit":null}"#)
            #expect(cleared.text == #"{"concurrency":8,"in_flight":0,"bandwidth_limit":null}"#)
        }
    }

    @Test func storesHealthAndTheContractAreShown() async throws {
        try await APIWorld.with { world throws in
            #expect(
                await world.send(.get, "/v1/stores").text
                    == #"{"stores":[{"name":"default","endpoint":"http://127.0.0.1:9","region":"us-east-1"}]}"#)
            for path in ["/livez", "/readyz"] { #expect(await world.send(.get, path).text == #"{"status":"ok"}"#) }
            let contract = await world.send(.get, "/openapi.yaml")
            #expect(contract[.contentType] == "application/yaml" && contract.text == "openapi: 3.1.1\n")
            await world.scheduler.drain(within: .zero)
            let ready = await world.send(.get, "/readyz")
            #expect(ready.status == 503 && ready[.retryAfter] != nil)
            #expect(try ready.code() == "DRAINING")
            #expect(await world.send(.get, "/livez").status == 200)
            #expect(try await world.send(.post, "/v1/jobs", body: world.spec()).code() == "DRAINING")
        }
    }

    @Test func aTokenOpensAllButHealthAndContract() async throws {
        let tokens = Samples.tokens("secret")
        try await APIWorld.with(tokens: tokens) { world throws in
            for path in ["/v1/jobs", "/v1/jobs/x", "/v1/events", "/v1/limits", "/v1/stores"] {
                let refused = await world.send(.get, path)
                #expect(refused.status == 401 && refused[.wwwAuthenticate] == "Bearer")
                #expect(await world.send(.get, path, [.authorization: "Bearer secret"]).status != 401)
            }
            for path in ["/", "/assets/dashboard.css", "/livez", "/readyz", "/openapi.yaml"] {
                #expect(await world.send(.get, path).status == 200)
            }
        }
    }

    @Test func otherMediaTypesOtherMethodsAndOtherPathsAreRefused() async throws {
        try await APIWorld.with { world throws in
            for (method, path) in [(HTTPRequest.Method.post, "/v1/jobs"), (.put, "/v1/jobs/x"), (.patch, "/v1/limits")]
            {
                let answer = await world.send(method, path, [.contentType: "text/plain"], body: "{}")
                #expect(try answer.code() == "UNSUPPORTED_MEDIA_TYPE")
            }
            let json = await world.send(
                .patch, "/v1/limits", [.contentType: "APPLICATION/JSON; charset=utf-8"], body: "{}")
            #expect(try json.code() == "INVALID_SPEC")
            let method = await world.send(.delete, "/v1/jobs")
            #expect(method.status == 405 && method[.allow] == "POST, GET, HEAD")
            for path in ["//", "/v2", "/v1/jobs/"] { #expect(try await world.send(.get, path).code() == "NOT_FOUND") }
            #expect(await world.send(.head, "/v1/jobs").status == 200)
        }
    }

    @Test func unknownParametersAreRefusedEverywhere() async throws {
        try await APIWorld.with { world throws in
            _ = try await world.job("j")
            for path in [
                "/v1/jobs", "/v1/jobs/j", "/v1/jobs/j/files", "/v1/jobs/j/parts", "/v1/jobs/j/events",
                "/v1/jobs/j/report",
                "/v1/events", "/v1/limits", "/v1/stores", "/livez", "/readyz", "/openapi.yaml", "/",
                "/assets/dashboard.js",
            ] {
                #expect(try await world.send(.get, path + "?surprise=1").code() == "INVALID_QUERY")
            }
            #expect(try await world.send(.post, "/v1/jobs/j/pause?x").code() == "INVALID_QUERY")
        }
    }

    @Test func aLargeBodyIsRefusedBeforeItComes() throws {
        let world = try APIWorld()
        func plan(_ method: HTTPRequest.Method, _ path: String, _ length: Int?) -> BodyPlan {
            var head = HTTPRequest(method: method, scheme: "http", authority: "x", path: path)
            if let length { head.headerFields[.contentLength] = "\(length)" }
            return world.router.plan(head)
        }
        func status(_ plan: BodyPlan) -> Int? {
            if case .refuse(let response) = plan { return response.status.code }
            return nil
        }
        func limit(_ plan: BodyPlan) -> Int? {
            if case .collect(let limit) = plan { return limit }
            return nil
        }
        #expect(limit(plan(.post, "/v1/jobs", 16 << 20)) == 16 << 20)
        #expect(limit(plan(.post, "/v1/jobs", nil)) == 16 << 20)
        #expect(status(plan(.post, "/v1/jobs", (16 << 20) + 1)) == 413)
        #expect(status(plan(.post, "/v1/nothing", 16 << 20)) == 404)
        #expect(limit(plan(.post, "/v1/nothing", 10)) == 64 << 10)
        #expect(status(plan(.post, "/v1/jobs/x/cancel", 1 << 20)) == 413)
    }
}
