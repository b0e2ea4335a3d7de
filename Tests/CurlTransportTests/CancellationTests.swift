import CurlTransport
import Support
import Testing

/// Cancel and stop at every moment of an exchange.
@Suite(.timeLimit(.minutes(5)))
struct CancellationTests {
    @Test func sendsNothingForATaskCancelledBefore() async throws {
        let server = try ScriptedServer()
        try await withTransport { transport in
            let gate = AsyncStream<Void>.makeStream()
            let task = Task {
                for await _ in gate.stream {}
                return await error(of: Exchange(method: .get, url: server.url("/")), over: transport)
            }
            task.cancel()
            gate.continuation.finish()
            #expect(await task.value?.code == .cancelled)
        }
        #expect(server.connections == 0)
    }

    @Test(arguments: [0, 100, 3 << 20])
    func cutsATransferThatRuns(size: Int) async throws {
        let server = try ScriptedServer(otherwise: .silence)
        try await withTransport { transport in
            let task = Task {
                await error(
                    of: Exchange(method: .put, url: server.url("/"), body: .bytes(pattern(size))), over: transport)
            }
            await server.receives(1)
            task.cancel()
            #expect(await task.value?.code == .cancelled)
            await server.loses(1)
        }
    }

    /// Without the connection that a cancel sets free, those that wait would wait until a time-out.
    @Test func whoWaitsGetsTheConnectionOfOneThatWasCancelled() async throws {
        let server = try ScriptedServer([.silence])
        try await withTransport(loops: 1, connectionsPerLoop: 1) { transport in
            let first = Task { await error(of: Exchange(method: .get, url: server.url("/first")), over: transport) }
            await server.receives(1)
            let begun = AsyncStream<Void>.makeStream()
            let others = (0..<20).map { index in
                Task {
                    begun.continuation.yield()
                    var exchange = Exchange(method: .get, url: server.url("/\(index)"))
                    exchange.responseTimeout = .seconds(3600)
                    return try await transport.perform(exchange).status
                }
            }
            var steps = begun.stream.makeAsyncIterator()
            for _ in others { await steps.next() }
            first.cancel()
            for other in others {
                let status = try await other.value
                #expect(status == 200)
            }
            #expect(await first.value?.code == .cancelled)
        }
    }

    @Test func aCancelAfterTheEndChangesNothing() async throws {
        let server = try ScriptedServer()
        try await withTransport { transport in
            let task = Task { try await transport.perform(Exchange(method: .get, url: server.url("/"))) }
            let first = try await task.value
            #expect(first.status == 200)
            task.cancel()
            let reply = try await transport.perform(Exchange(method: .get, url: server.url("/")))
            #expect(reply.status == 200)
            #expect(reply.reusedConnection)
        }
    }

    @Test func cancelsWhatWaitsForAConnection() async throws {
        let gate = ScriptedServer.Gate()
        let server = try ScriptedServer([.init([.readBody, .wait(gate), .send(ScriptedServer.Reply.message(200))])])
        try await withTransport(connectionsPerLoop: 1) { transport in
            let first = Task { try await transport.perform(Exchange(method: .get, url: server.url("/first"))) }
            await server.receives(1)
            let second = Task { await error(of: Exchange(method: .get, url: server.url("/second")), over: transport) }
            let third = Task { try await transport.perform(Exchange(method: .get, url: server.url("/third"))) }
            second.cancel()
            #expect(await second.value?.code == .cancelled)
            gate.open()
            let statuses = try await [first.value.status, third.value.status]
            #expect(statuses == [200, 200])
        }
        #expect(server.requests.map(\.target) == ["/first", "/third"])
    }

    @Test func whatWaitsTooLongEndsToo() async throws {
        let server = try ScriptedServer(otherwise: .silence)
        try await withTransport(connectionsPerLoop: 1) { transport in
            let first = Task { await error(of: Exchange(method: .get, url: server.url("/")), over: transport) }
            await server.receives(1)
            let exchange = Exchange(method: .get, url: server.url("/"), totalTimeout: .milliseconds(200))
            #expect(await error(of: exchange, over: transport)?.code == .timeout)
            first.cancel()
            #expect(await first.value?.code == .cancelled)
        }
    }

    @Test func keepsToItsConnections() async throws {
        let server = try ScriptedServer()
        try await withTransport(loops: 2, connectionsPerLoop: 2) { transport in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<200 {
                    group.addTask { try await transport.perform(Exchange(method: .get, url: server.url("/"))).status }
                }
                for try await status in group { #expect(status == 200) }
            }
        }
        #expect(server.requests.count == 200)
        #expect(server.mostConnectionsAtOnce <= 4)
    }

    @Test func stopEndsOpenWaitingAndLaterExchanges() async throws {
        let server = try ScriptedServer(otherwise: .silence)
        let transport = try Transport(configuration: TransportConfiguration(connectionsPerLoop: 4))
        let tasks = (0..<20).map { _ in
            Task { await error(of: Exchange(method: .get, url: server.url("/")), over: transport) }
        }
        await server.receives(8)
        await transport.stop()
        for task in tasks { #expect(await task.value?.code == .stopped) }
        #expect(await error(of: Exchange(method: .get, url: server.url("/")), over: transport)?.code == .stopped)
        await transport.stop()
    }

    @Test func concurrentStopsAllReturn() async throws {
        let transport = try Transport()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 { group.addTask { await transport.stop() } }
        }
    }

    /// Cancels land wherever they land; every exchange ends once, with a reply or as cancelled, and the next ones work.
    @Test(arguments: 1...4)
    func survivesCancelsAtAnyMoment(seed: UInt64) async throws {
        let server = try ScriptedServer(otherwise: .ok(pattern(5000)))
        let file = ScratchFile(pattern(300_000))
        try await withTransport(loops: 2, connectionsPerLoop: 8) { transport in
            let counts = await withTaskGroup(of: TransportError.Code?.self) { group in
                for index in 0..<400 {
                    let body = FileBody(
                        descriptor: file.descriptor, offsetInBytes: 0, sizeInBytes: index % 3 == 0 ? 300_000 : 1000)
                    let exchange = Exchange(method: .put, url: server.url("/\(index)"), body: .file(body))
                    let task = Task { await error(of: exchange, over: transport)?.code }
                    group.addTask {
                        for _ in 0..<(UInt64(index) &* 2_654_435_761 &* seed) % 40 { await Task.yield() }
                        if index % 2 == 0 { task.cancel() }
                        return await task.value
                    }
                }
                var counts: [TransportError.Code?: Int] = [:]
                for await code in group { counts[code, default: 0] += 1 }
                return counts
            }
            #expect(counts.values.reduce(0, +) == 400)
            #expect(Set(counts.keys).isSubset(of: [nil, .cancelled]), "seed \(seed): \(counts)")
            #expect(counts[nil, default: 0] >= 200)
            let reply = try await transport.perform(Exchange(method: .get, url: server.url("/")))
            #expect(reply.status == 200)
        }
    }
}
