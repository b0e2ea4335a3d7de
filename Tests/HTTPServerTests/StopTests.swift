import HTTPServer
import HTTPTypes
import Testing

/// How a server starts and stops.
@Suite(.timeLimit(.minutes(5)))
struct StopTests {
    private static let get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n"

    @Test func refusesWhatItCannotListenOn() async throws {
        let first = try WebServer(configuration: ServerConfiguration(), handler: TestHandler.echo)
        let taken = #expect(throws: ServerError.self) {
            try WebServer(configuration: ServerConfiguration(port: first.port), handler: TestHandler.echo)
        }
        #expect(taken?.code == .cannotListen)
        let named = #expect(throws: ServerError.self) {
            try WebServer(configuration: ServerConfiguration(host: "localhost"), handler: TestHandler.echo)
        }
        #expect(named?.code == .invalidConfiguration)
        await first.stop(grace: .zero)
    }

    @Test func aPortIsFreeAfterAStop() async throws {
        // A test beside this one may draw the same port in between, though hardly five times.
        for attempt in 1...5 {
            let first = try WebServer(configuration: ServerConfiguration(), handler: TestHandler.echo)
            await first.stop(grace: .zero)
            do {
                let second = try WebServer(
                    configuration: ServerConfiguration(port: first.port), handler: TestHandler.echo)
                return await second.stop(grace: .zero)
            } catch  where attempt == 5 {
                throw error
            } catch {}
        }
    }

    @Test func listensOnIPv6() async throws {
        let server = try WebServer(configuration: ServerConfiguration(host: "::1"), handler: TestHandler.echo)
        #expect(server.port != 0)
        await server.stop(grace: .zero)
    }

    @Test func countsItsConnections() async throws {
        try await withServer(.echo) { server in
            let clients = try await (0..<5).asyncMap { _ in
                let client = try await RawClient.connect(server)
                _ = try await client.step { try $0.exchange(Self.get) }
                return client
            }
            #expect(server.openConnections == clients.count)
        }
    }

    @Test func aClientBeyondTheLimitWaitsForAPlace() async throws {
        try await withServer(.echo, configure: { $0.maximumConnections = 2 }) { server in
            var first: RawClient? = try await RawClient.connect(server)
            let second = try await RawClient.connect(server)
            for client in [first, second] { _ = try await client?.step { try $0.exchange(Self.get) } }
            let third = try await RawClient.connect(server)
            try await third.step { try $0.send(Self.get) }
            #expect(server.openConnections == 2)
            first = nil
            #expect(try await third.step { try $0.readResponse() }.status == 200)
            withExtendedLifetime(second) {}
        }
    }

    @Test func aClientBeyondTheLimitIsToldSoWhereThatIsWished() async throws {
        let limit: (inout ServerConfiguration) -> Void = {
            $0.maximumConnections = 2
            $0.refusesBeyondLimit = true
        }
        try await withServer(.echo, configure: limit) { server in
            var first: RawClient? = try await RawClient.connect(server)
            let second = try await RawClient.connect(server)
            for client in [first, second] { _ = try await client?.step { try $0.exchange(Self.get) } }
            for _ in 0..<3 {
                let third = try await RawClient.connect(server)
                try await third.step { try $0.send(Self.get) }
                let response = try await third.step { try $0.readResponse() }
                #expect(response.status == 503)
                #expect(try await third.step { $0.isClosed() })
            }
            first = nil
            while server.openConnections > 1 { await Task.yield() }
            let fourth = try await RawClient.connect(server)
            #expect(try await fourth.step { try $0.exchange(Self.get) }.status == 200)
            withExtendedLifetime(second) {}
        }
    }

    @Test func aRequestInFlightIsAnsweredWithinTheGrace() async throws {
        let entered = Signal<Void>()
        let proceed = Signal<Void>()
        let handler = TestHandler { _, _ in
            entered.note()
            await proceed.wait()
            return ServerResponse(status: .ok, body: .bytes([65]))
        }
        let server = try WebServer(configuration: ServerConfiguration(), handler: handler)
        let idle = try await RawClient.connect(server)
        let busy = try await RawClient.connect(server)
        try await busy.step { try $0.send(Self.get) }
        await entered.wait()
        async let stopped: Void = server.stop(grace: .seconds(30))
        #expect(try await idle.step { $0.isClosed() })
        await #expect(throws: ClientFailure.self) { try await RawClient.connect(server) }
        proceed.note()
        let response = try await busy.step { try $0.readResponse() }
        #expect(response.text == "A")
        #expect(response.fields["connection"] == "close")
        await stopped
        #expect(server.openConnections == 0)
    }

    @Test func aHandlerThatOutlastsTheGraceIsCancelled() async throws {
        let entered = Signal<Void>()
        let cancelled = Signal<Void>()
        let handler = TestHandler { _, _ in
            entered.note()
            do { try await Task.sleep(for: .seconds(3600)) } catch { cancelled.note() }
            return ServerResponse(status: .ok)
        }
        let server = try WebServer(configuration: ServerConfiguration(), handler: handler)
        let clients = try await (0..<20).asyncMap { _ in try await RawClient.connect(server) }
        for client in clients { try await client.step { try $0.send(Self.get) } }
        await entered.wait(for: 20)
        await server.stop(grace: .milliseconds(50))
        await cancelled.wait(for: 20)
        for client in clients { #expect(try await client.step { $0.isClosed() }) }
    }

    @Test func openStreamsAreToldAndMayEndWell() async throws {
        let opened = Signal<Void>()
        let handler = TestHandler { _, _ in
            ServerResponse(
                status: .ok,
                body: .stream { writer in
                    try await writer.write(Array("a".utf8))
                    opened.note()
                    do { try await Task.sleep(for: .seconds(3600)) } catch { try await writer.write(Array("z".utf8)) }
                })
        }
        let server = try WebServer(configuration: ServerConfiguration(), handler: handler)
        let clients = try await (0..<20).asyncMap { _ in try await RawClient.connect(server) }
        for client in clients { try await client.step { try $0.send(Self.get) } }
        await opened.wait(for: 20)
        await server.stop(grace: .seconds(30))
        for client in clients { #expect(try await client.step { try $0.readResponse() }.text == "az") }
    }

    @Test func streamsThatGoOnAreCutAfterTheGrace() async throws {
        let opened = Signal<Void>()
        let outcome = Signal<ServerError.Code?>()
        let handler = TestHandler { _, _ in
            ServerResponse(
                status: .ok,
                body: .stream { writer in
                    do {
                        try await writer.write([1])
                        opened.note()
                        while true { try await writer.write([UInt8](repeating: 1, count: 5000)) }
                    } catch {
                        outcome.note((error as? ServerError)?.code)
                        throw error
                    }
                })
        }
        let server = try WebServer(configuration: ServerConfiguration(), handler: handler)
        let clients = try await (0..<10).asyncMap { _ in
            try await RawClient.connect(server, receiveBuffer: 16 * 1024)
        }
        for client in clients { try await client.step { try $0.send(Self.get) } }
        await opened.wait(for: 10)
        await server.stop(grace: .milliseconds(100))
        #expect(await outcome.wait(for: 10) == Array(repeating: .stopped, count: 10))
        for client in clients {
            await #expect(throws: ClientFailure.self) { try await client.step { try $0.readResponse() } }
        }
    }

    @Test func mayBeStoppedTwice() async throws {
        let server = try WebServer(configuration: ServerConfiguration(), handler: TestHandler.echo)
        async let first: Void = server.stop(grace: .seconds(1))
        async let second: Void = server.stop(grace: .zero)
        _ = await (first, second)
        await server.stop(grace: .seconds(1))
    }
}

extension Sequence {
    func asyncMap<Result>(_ transform: (Element) async throws -> Result) async rethrows -> [Result] {
        var results: [Result] = []
        for element in self { results.append(try await transform(element)) }
        return results
    }
}
