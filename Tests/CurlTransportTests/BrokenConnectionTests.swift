import CurlTransport
import Support
import Testing

/// Connections that end, stay silent or never come.
@Suite(.timeLimit(.minutes(5)))
struct BrokenConnectionTests {
    static let exchanges: [(Exchange.Method, Int)] = [
        (.get, -1), (.post, 100), (.put, 100), (.put, 200_000), (.put, 3 << 20),
    ]

    private static func exchange(_ kind: (Exchange.Method, Int), _ url: [UInt8]) -> Exchange {
        Exchange(method: kind.0, url: url, body: kind.1 < 0 ? .none : .bytes(pattern(kind.1)))
    }

    @Test(arguments: exchanges)
    func reportsAResetOfAFreshConnection(kind: (Exchange.Method, Int)) async throws {
        let server = try ScriptedServer([.reset])
        try await withTransport { transport in
            let failure = await error(of: Self.exchange(kind, server.url("/")), over: transport)
            #expect(failure?.code == .reset)
            #expect(failure?.reusedConnection == false)
        }
        #expect(server.requests.count == 1)
    }

    /// libcurl would send the request again by itself; whether that may be is not its decision.
    @Test(arguments: exchanges, [ScriptedServer.Reply.reset, .init([.readBody, .close]), .init([.reset])])
    func reportsALostReusedConnectionWithoutSendingAgain(
        kind: (Exchange.Method, Int), loss: ScriptedServer.Reply
    ) async throws {
        let server = try ScriptedServer([.ok(), loss])
        try await withTransport { transport in
            _ = try await transport.perform(Exchange(method: .get, url: server.url("/first")))
            let failure = await error(of: Self.exchange(kind, server.url("/second")), over: transport)
            #expect(failure?.code == .reset)
            #expect(failure?.reusedConnection == true)
            let reply = try await transport.perform(Self.exchange(kind, server.url("/third")))
            #expect(reply.status == 200)
        }
        #expect(server.requests.map(\.target) == ["/first", "/second", "/third"])
    }

    @Test func findsAConnectionThatWasClosedWhileIdle() async throws {
        let server = try ScriptedServer([.init([.readBody, .send(ScriptedServer.Reply.message(200)), .close])])
        try await withTransport { transport in
            _ = try await transport.perform(Exchange(method: .get, url: server.url("/")))
            // The end may not have arrived before the request left.
            let failure = await error(of: Exchange(method: .get, url: server.url("/")), over: transport)
            #expect(failure == nil || failure?.code == .reset && failure?.reusedConnection == true)
        }
    }

    @Test func reportsATruncatedBody() async throws {
        let whole = ScriptedServer.Reply.message(200, pattern(1000))
        let server = try ScriptedServer([.init([.send(Array(whole.dropLast())), .close])])
        try await withTransport { transport in
            #expect(await error(of: Exchange(method: .get, url: server.url("/")), over: transport)?.code == .truncated)
        }
    }

    @Test(arguments: ["HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nX: y\r\n", "HTTP/1.1 2"])
    func reportsATruncatedHead(head: String) async throws {
        let server = try ScriptedServer([.init([.send(Array(head.utf8)), .close])])
        try await withTransport { transport in
            let failure = await error(of: Exchange(method: .get, url: server.url("/")), over: transport)
            #expect(failure?.code == .truncated || failure?.code == .reset)
        }
    }

    @Test func reportsATruncatedChunk() async throws {
        let text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel"
        let server = try ScriptedServer([.init([.send(Array(text.utf8)), .close])])
        try await withTransport { transport in
            #expect(await error(of: Exchange(method: .get, url: server.url("/")), over: transport)?.code == .truncated)
        }
    }

    @Test func reportsWhatIsNoHTTP() async throws {
        let server = try ScriptedServer([.init([.send(Array("SSH-2.0-x\r\n".utf8)), .close])])
        try await withTransport { transport in
            #expect(await error(of: Exchange(method: .get, url: server.url("/")), over: transport)?.code == .other)
        }
    }

    @Test(arguments: exchanges)
    func endsAnExchangeThatIsNeverAnswered(kind: (Exchange.Method, Int)) async throws {
        let server = try ScriptedServer(otherwise: .silence)
        try await withTransport { transport in
            var exchange = Self.exchange(kind, server.url("/"))
            exchange.responseTimeout = .milliseconds(500)
            let failure = await error(of: exchange, over: transport)
            #expect(failure?.code == .timeout)
            #expect(failure?.message == "no byte moved for too long")
        }
    }

    @Test func endsAnUploadThatNobodyReads() async throws {
        let gate = ScriptedServer.Gate()
        let stuck = try ScriptedServer(otherwise: .init([.wait(gate)]))
        defer { gate.open() }
        try await withTransport { transport in
            var exchange = Exchange(method: .put, url: stuck.url("/"), body: .bytes(pattern(16 << 20)))
            exchange.responseTimeout = .milliseconds(600)
            #expect(await error(of: exchange, over: transport)?.code == .timeout)
        }
    }

    @Test func aDripIsNoSilenceButEndsInTotal() async throws {
        let drip: [ScriptedServer.Reply.Step] = [
            .readBody, .send(Array("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n".utf8)),
            .drip([UInt8](repeating: 1, count: 100_000), every: .milliseconds(20)),
        ]
        let server = try ScriptedServer([.init(drip)])
        try await withTransport { transport in
            var exchange = Exchange(method: .get, url: server.url("/"))
            exchange.responseTimeout = .milliseconds(700)
            exchange.totalTimeout = .milliseconds(1500)
            let clock = ContinuousClock()
            let start = clock.now
            let failure = await error(of: exchange, over: transport)
            #expect(failure?.code == .timeout)
            #expect(failure?.message == "the exchange took too long")
            #expect(clock.now - start >= .milliseconds(1500))
        }
    }

    /// A byte each 300 ms is no silence of 700 ms, but less than a byte a millisecond.
    @Test func endsADripThatIsTooSlow() async throws {
        let drip: [ScriptedServer.Reply.Step] = [
            .readBody, .send(Array("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n".utf8)),
            .drip([UInt8](repeating: 1, count: 100_000), every: .milliseconds(300)),
        ]
        let server = try ScriptedServer(otherwise: .init(drip))
        try await withTransport { transport in
            var exchange = Exchange(method: .get, url: server.url("/"))
            exchange.responseTimeout = .milliseconds(700)
            exchange.slowestBytesPerSecond = 1_000
            let failure = await error(of: exchange, over: transport)
            #expect(failure?.code == .timeout && failure?.message == "too few bytes moved for too long")
        }
    }

    @Test func endsAHandshakeThatIsNeverAnswered() async throws {
        let gate = ScriptedServer.Gate()
        let server = try ScriptedServer(otherwise: .init([.wait(gate)]))
        defer { gate.open() }
        try await withTransport { transport in
            let url = server.url("/", scheme: "https")
            let exchange = Exchange(method: .get, url: url, connectTimeout: .milliseconds(300))
            let failure = await error(of: exchange, over: transport)
            #expect(failure?.code == .connect)
            #expect(failure?.curlCode == 28)
        }
    }

    @Test func reportsARefusedConnection() async throws {
        let port = try ScriptedServer().port
        try await withTransport { transport in
            let url = Array("http://127.0.0.1:\(port)/".utf8)
            let failure = await error(of: Exchange(method: .get, url: url), over: transport)
            // The server's thread may still close its socket: then the connection ends instead.
            #expect(failure?.code == .connect || failure?.code == .reset)
        }
    }

    @Test func reportsANameWithoutAddress() async throws {
        try await withTransport { transport in
            let url = Array("http://no-such-host.invalid/?X-Amz-Signature=secret".utf8)
            let failure = await error(of: Exchange(method: .get, url: url), over: transport)
            #expect(failure?.code == .resolve)
            #expect(failure?.description.contains("secret") == false)
        }
    }
}
