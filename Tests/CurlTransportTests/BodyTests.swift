import CurlTransport
import Support
import Testing

/// What leaves arrives, byte for byte.
struct BodyTests {
    static let sizes = [0, 1, 4096, (64 << 10) - 1, 64 << 10, (1 << 20) - 1, 1 << 20, (5 << 20) + 1]

    @Test(arguments: sizes, [Exchange.Method.put, .post, .patch])
    func sendsBytesExactly(size: Int, method: Exchange.Method) async throws {
        let server = try ScriptedServer(otherwise: .ok(pattern(33)))
        let body = pattern(size)
        let progress = ExchangeProgress()
        let reply = try await withTransport { transport in
            try await transport.perform(
                Exchange(method: method, url: server.url("/b/k"), body: .bytes(body), progress: progress))
        }
        #expect(reply.status == 200)
        #expect(same(reply.body, pattern(33)))
        #expect(reply.bytesSent == size)
        #expect(reply.bytesReceived == 33)
        #expect(!reply.reusedConnection)
        #expect(progress.bytesSent == size)
        #expect(progress.bytesReceived == 33)
        let request = try #require(server.requests.first)
        #expect(request.method == "\(method)".uppercased())
        #expect(request["Content-Length"] == "\(size)")
        #expect(same(request.body, body))
    }

    @Test(arguments: sizes, [Exchange.Method.put, .post])
    func sendsARangeOfAFileExactly(size: Int, method: Exchange.Method) async throws {
        let server = try ScriptedServer()
        let content = pattern(size + 300)
        let file = ScratchFile(content)
        let reply = try await withTransport { transport in
            let body = FileBody(descriptor: file.descriptor, offsetInBytes: 100, sizeInBytes: Int64(size))
            return try await transport.perform(Exchange(method: method, url: server.url("/b/k"), body: .file(body)))
        }
        #expect(reply.bytesSent == size)
        #expect(same(server.requests.first?.body, Array(content[100..<(100 + size)])))
    }

    @Test(arguments: sizes)
    func asksForConsentOnlyBeforeLargeBodies(size: Int) async throws {
        let server = try ScriptedServer()
        _ = try await withTransport { transport in
            try await transport.perform(
                Exchange(method: .put, url: server.url("/"), body: .bytes([UInt8](repeating: 1, count: size))))
        }
        #expect((server.requests.first?["Expect"] != nil) == (size >= 1 << 20))
    }

    @Test func sendsNoBodyThatIsRefusedBefore() async throws {
        let refusal = ScriptedServer.Reply.message(503, Array("busy".utf8))
        let server = try ScriptedServer([.init([.send(refusal), .silence])])
        let reply = try await withTransport(configure: { $0.consentTimeout = .seconds(60) }) { transport in
            try await transport.perform(Exchange(method: .put, url: server.url("/"), body: .bytes(pattern(2 << 20))))
        }
        #expect(reply.status == 503)
        #expect(reply.body == Array("busy".utf8))
        #expect(reply.bytesSent == 0)
    }

    @Test func sendsALargeBodyToAServerThatIgnoresExpect() async throws {
        let script: [ScriptedServer.Reply.Step] = [.readSome(3 << 20), .send(ScriptedServer.Reply.message(200))]
        let server = try ScriptedServer([.init(script)])
        let reply = try await withTransport { transport in
            try await transport.perform(Exchange(method: .put, url: server.url("/"), body: .bytes(pattern(3 << 20))))
        }
        #expect(reply.status == 200)
        #expect(same(server.requests.first?.body, pattern(3 << 20)))
    }

    @Test func repeatsWithoutExpectWhenThatWasRefused() async throws {
        let refusal = ScriptedServer.Reply.message(417, Array("no".utf8))
        let server = try ScriptedServer([.init([.send(refusal)])])
        let body = pattern(2 << 20)
        let reply = try await withTransport { transport in
            try await transport.perform(Exchange(method: .put, url: server.url("/"), body: .bytes(body)))
        }
        #expect(reply.status == 200)
        #expect(reply.body.isEmpty)
        #expect(server.requests.map { $0["Expect"] != nil } == [true, false])
        #expect(same(server.requests.last?.body, body))
    }

    @Test(arguments: [4096, 3 << 20])
    func reportsASourceThatEndsEarly(size: Int) async throws {
        let server = try ScriptedServer(otherwise: .silence)
        let file = ScratchFile(pattern(size - 1))
        let body = FileBody(descriptor: file.descriptor, offsetInBytes: 0, sizeInBytes: Int64(size))
        try await withTransport { transport in
            let failure = await error(
                of: Exchange(method: .put, url: server.url("/"), body: .file(body)), over: transport)
            #expect(failure?.code == .sourceRead)
            #expect(failure?.errno == 0)
        }
    }

    @Test(arguments: [4096, 3 << 20])
    func reportsASourceThatCannotBeRead(size: Int) async throws {
        let server = try ScriptedServer(otherwise: .silence)
        let body = FileBody(descriptor: 1_000_000, offsetInBytes: 0, sizeInBytes: Int64(size))
        try await withTransport { transport in
            let failure = await error(
                of: Exchange(method: .put, url: server.url("/"), body: .file(body)), over: transport)
            #expect(failure?.code == .sourceRead)
            #expect(failure?.errno == 9)
        }
    }

    @Test func keepsToTheRate() async throws {
        let server = try ScriptedServer()
        try await withTransport { transport in
            let clock = ContinuousClock()
            let start = clock.now
            _ = try await transport.perform(
                Exchange(
                    method: .put, url: server.url("/"), body: .bytes(pattern(768 << 10)),
                    maximumBytesPerSecond: 512 << 10))
            #expect(clock.now - start > .milliseconds(400))
        }
    }
}
