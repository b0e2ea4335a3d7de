import API
import HTTPServer
import HTTPTypes
import Model
import Testing

@Suite(.timeLimit(.minutes(2)))
struct TicketTests {
    private let bearer: [HTTPField.Name: String] = [.authorization: "Bearer secret"]

    private func ticket(_ world: APIWorld) async throws -> String {
        let answer = await world.send(.post, "/v1/tickets", bearer)
        #expect(answer.status == 200 && answer[.cacheControl] == "no-store")
        return try #require(answer.text.split(separator: "\"").dropFirst(3).first.map(String.init))
    }

    @Test func aTicketOpensOneStreamOnce() async throws {
        try await APIWorld.with(tokens: Samples.tokens("secret")) { world throws in
            _ = try await world.job("j")
            for path in ["/v1/events", "/v1/jobs/j/events"] {
                let text = try await ticket(world)
                #expect(await world.send(.get, "\(path)?ticket=\(text)&types=job.*").status == 200)
                #expect(await world.send(.get, "\(path)?ticket=\(text)").status == 401)
            }
        }
    }

    @Test func aTicketOpensNothingButStreams() async throws {
        try await APIWorld.with(tokens: Samples.tokens("secret")) { world throws in
            let text = try await ticket(world)
            for path in ["/v1/jobs", "/v1/limits", "/v1/jobs/j", "/v1/stores"] {
                #expect(await world.send(.get, "\(path)?ticket=\(text)").status == 401)
            }
            #expect(await world.send(.post, "/v1/tickets?ticket=\(text)").status == 401)
            #expect(await world.send(.get, "/v1/events?ticket=\(text)").status == 200)
        }
    }

    @Test func aTicketCountsForNothingWhereNoTokenIsNeeded() async throws {
        try await APIWorld.with { world throws in
            #expect(await world.send(.post, "/v1/tickets").status == 200)
            #expect(await world.send(.get, "/v1/events?ticket=x").status == 200)
        }
    }

    @Test func aTicketIsBoundToItsCallersScopes() async throws {
        try await APIWorld.with(tokens: Samples.tokens("secret", scopes: [.submit])) { world throws in
            let refused = await world.send(.post, "/v1/tickets", bearer)
            #expect(try refused.code() == "FORBIDDEN")
            #expect(refused[.wwwAuthenticate] == "Bearer error=\"insufficient_scope\", scope=\"read\"")
        }
    }

    @Test func ticketsEndWithTheirTokens() async throws {
        try await APIWorld.with(tokens: Samples.tokens("secret")) { world throws in
            let text = try await ticket(world)
            world.router.access.replace(with: Samples.tokens("other"))
            #expect(await world.send(.get, "/v1/events?ticket=\(text)").status == 401)
            #expect(await world.send(.post, "/v1/tickets", bearer).status == 401)
        }
    }

    // MARK: The table

    private func caller(_ name: String) -> Caller { Caller(name: name, tenant: .default, scopes: [.read]) }

    @Test func aTicketIsOverAfterHalfAMinute() {
        var table = TicketTable()
        let now = ContinuousClock.now
        table.add("a", for: caller("x"), at: now)
        #expect(table.caller("a", at: now + .seconds(29)) == caller("x"))
        #expect(table.caller("a", at: now + .seconds(30)) == nil)
        #expect(table.redeem("a", at: now + .seconds(30)) == nil)
        #expect(table.redeem("a", at: now) == nil)
    }

    @Test func theTableIsBoundedForEachCaller() {
        var table = TicketTable()
        let now = ContinuousClock.now
        table.add("other", for: caller("y"), at: now)
        for number in 0..<1_000 { table.add("\(number)", for: caller("x"), at: now) }
        #expect(table.count == TicketTable.mostOfOneCaller + 1)
        #expect(table.redeem("other", at: now) == caller("y"))
        #expect(table.redeem("0", at: now) == nil && table.redeem("999", at: now) == caller("x"))
        table.add("late", for: caller("x"), at: now + .seconds(31))
        #expect(table.count == 1)
    }
}
