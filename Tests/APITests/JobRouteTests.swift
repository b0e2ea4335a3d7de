import API
import HTTPTypes
import Model
import Scheduling
import Storage
import Testing

@Suite(.timeLimit(.minutes(2)))
struct JobRouteTests {
    @Test func aJobIsCreatedOnceForItsKey() async throws {
        try await APIWorld.with { world throws in
            let first = await world.send(.post, "/v1/jobs", [.idempotencyKey: "\"one\""], body: world.spec())
            #expect(first.status == 202 && first[.idempotentReplayed] == nil)
            let id = try #require(try first.json()["id"] as? String)
            #expect(first[.location] == "/v1/jobs/\(id)" && first[.retryAfter] == "1")
            #expect(first[.eTag] == "W/\"\(try #require(try first.json()["revision"] as? Int))\"")
            let second = await world.send(
                .post, "/v1/jobs", [.idempotencyKey: "one"], body: world.spec(",\"priority\":5"))
            #expect(second.status == 202 && second[.idempotentReplayed] == "true")
            #expect(try second.json()["id"] as? String == id)
            let third = await world.send(
                .post, "/v1/jobs", [.idempotencyKey: "one"], body: world.spec(",\"priority\":6"))
            #expect(third.status == 422)
            #expect(try third.code() == "IDEMPOTENCY_KEY_REUSED")
        }
    }

    @Test func anIDOfTheCallersOwnStandsForOneSpec() async throws {
        try await APIWorld.with { world throws in
            #expect(await world.send(.put, "/v1/jobs/night_ly-1", body: world.spec()).status == 202)
            let again = await world.send(.put, "/v1/jobs/night_ly-1", body: world.spec(",\"concurrency\":16"))
            #expect(again.status == 200 && again[.location] == nil)
            let other = await world.send(.put, "/v1/jobs/night_ly-1", body: world.spec(",\"concurrency\":17"))
            #expect(other.status == 409)
            #expect(try other.code() == "CONFLICT")
            for id in ["with.dot", "a%2Fb", String(repeating: "a", count: 65)] {
                #expect(await world.send(.put, "/v1/jobs/\(id)", body: world.spec()).status == 400)
            }
        }
    }

    @Test func aPlanKeepsNothing() async throws {
        try await APIWorld.with { world throws in
            let plan = await world.send(.post, "/v1/jobs", body: world.spec(",\"validate_only\":true"))
            #expect(plan.status == 200)
            #expect(try plan.json()["files"] as? Int == 1)
            #expect(try await world.store.jobs(JobFilter(), before: nil, limit: 10).isEmpty)
        }
    }

    @Test func whatTheSchedulerRefusesIsAProblem() async throws {
        try await APIWorld.with { world throws in
            let cases = [
                ("{\"source\":\"/etc\",\"bucket\":\"b\"}", 403, "PATH_NOT_ALLOWED"),
                ("{\"source\":\"\(world.source)/none\",\"bucket\":\"b\"}", 422, "SOURCE_NOT_FOUND"),
                (world.spec(",\"store\":\"none\""), 422, "UNKNOWN_STORE"), ("{", 400, "INVALID_SPEC"),
            ]
            for (body, status, code) in cases {
                let answer = await world.send(.post, "/v1/jobs", body: body)
                #expect(answer.status == status && answer[.contentType] == "application/problem+json")
                #expect(try answer.code() == code)
            }
        }
    }

    @Test func aKnownEntityTagIsNotAnsweredAgain() async throws {
        try await APIWorld.with { world throws in
            let job = try await world.set(try await world.job("j"), .succeeded)
            let whole = await world.send(.get, "/v1/jobs/j")
            let tag = try #require(whole[.eTag])
            #expect(whole.status == 200 && whole[.retryAfter] == nil && tag == EntityTag(job.revision).fieldValue)
            for known in [tag, String(tag.dropFirst(2)), "W/\"0\", \(tag)", "*"] {
                let answer = await world.send(.get, "/v1/jobs/j", [.ifNoneMatch: known])
                #expect(answer.status == 304 && answer[.eTag] == tag && answer.bytes.isEmpty)
            }
            #expect(await world.send(.get, "/v1/jobs/j", [.ifNoneMatch: "W/\"0\""]).status == 200)
            let text = await world.send(.get, "/v1/jobs/j", [.accept: "text/plain"])
            #expect(text[.contentType] == "text/plain; charset=utf-8" && text.text.contains("succeeded"))
        }
    }

    @Test func aWaitEndsWithTheJob() async throws {
        try await APIWorld.with { world throws in
            let job = try await world.job("j")
            async let waiting = world.send(.get, "/v1/jobs/j", [.prefer: "wait=60"])
            try await world.set(job, .running)
            try await world.set(job, .failed)
            let answer = await waiting
            #expect(answer.status == 200 && answer[.preferenceApplied] == "wait=60")
            #expect(try answer.json()["state"] as? String == "failed")
        }
    }

    @Test func aWaitWithAnEntityTagEndsWithTheNextChangeOrIs304() async throws {
        try await APIWorld.with { world throws in
            let job = try await world.job("j")
            let tag = EntityTag(job.revision).fieldValue
            let none = await world.send(.get, "/v1/jobs/j", [.ifNoneMatch: tag, .prefer: "wait=0"])
            #expect(none.status == 304 && none[.preferenceApplied] == "wait=0")
            async let waiting = world.send(.get, "/v1/jobs/j", [.ifNoneMatch: tag, .prefer: "wait=60"])
            try await world.set(job, .running)
            let answer = await waiting
            #expect(answer.status == 200)
            #expect(try answer.json()["state"] as? String == "running")
        }
    }

    @Test func jobsAreSteered() async throws {
        try await APIWorld.with { world throws in
            _ = try await world.job("j")
            for (verb, state) in [
                ("pause", "paused"), ("pause", "paused"), ("resume", "queued"), ("resume", "queued"),
                ("cancel", "cancelling"), ("cancel", "cancelling"),
            ] {
                let answer = await world.send(.post, "/v1/jobs/j/\(verb)")
                #expect(answer.status == 202)
                #expect(try answer.json()["state"] as? String == state)
            }
            for verb in ["pause", "resume", "retry"] {
                let answer = await world.send(.post, "/v1/jobs/j/\(verb)")
                #expect(answer.status == 409)
                #expect(try #require(try answer.json()["detail"] as? String).contains("cancelling"))
            }
            #expect(await world.send(.delete, "/v1/jobs/j").status == 409)
        }
    }

    @Test func aPatchChangesWhatItNames() async throws {
        try await APIWorld.with { world throws in
            let job = try await world.job("j")
            let patched = await world.send(.patch, "/v1/jobs/j", body: "{\"concurrency\":3,\"labels\":{\"a\":\"b\"}}")
            let spec = try #require(try patched.json()["spec"] as? [String: Any])
            #expect(patched.status == 200 && spec["concurrency"] as? Int == 3)
            try await world.set(job, .succeeded)
            #expect(await world.send(.patch, "/v1/jobs/j", body: "{\"labels\":{}}").status == 200)
            #expect(await world.send(.patch, "/v1/jobs/j", body: "{\"priority\":1}").status == 409)
            #expect(await world.send(.delete, "/v1/jobs/j").status == 204)
            #expect(await world.send(.get, "/v1/jobs/j").status == 404)
        }
    }

    @Test(arguments: ["", "/files", "/parts", "/events", "/report"])
    func anUnknownJobIsNotFound(path: String) async throws {
        try await APIWorld.with { world throws in
            for id in ["none", "no.id"] {
                #expect(try await world.send(.get, "/v1/jobs/\(id)\(path)").code() == "JOB_NOT_FOUND")
            }
        }
    }
}
