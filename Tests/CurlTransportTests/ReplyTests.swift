import CurlTransport
import Support
import Synchronization
import Testing

/// What is made of replies.
struct ReplyTests {
    @Test func findsFieldsInAnyCase() async throws {
        let fields = ["ETag: \"abc\"", "X-Amz-Request-Id:   17  ", "x-empty:", "x-double: 1", "X-Double: 2"]
        let server = try ScriptedServer([.ok(headers: fields)])
        let reply = try await withTransport { transport in
            try await transport.perform(Exchange(method: .get, url: server.url("/")))
        }
        #expect(reply.headers["etag"] == "\"abc\"")
        #expect(reply.headers["x-amz-request-id"] == "17")
        #expect(reply.headers["X-EMPTY"] == "")
        #expect(reply.headers["x-double"] == "1")
        #expect(reply.headers["tag"] == nil)
        #expect(reply.headers["x-amz"] == nil)
        #expect(reply.headers["HTTP/1.1 200 Scripted"] == nil)
        #expect(
            reply.headers.fields.map(\.name) == [
                "Content-Length", "ETag", "X-Amz-Request-Id", "x-empty", "x-double", "X-Double",
            ])
    }

    @Test func readsChunkedRepliesAndSkipsInterimOnes() async throws {
        let interim = "HTTP/1.1 103 Early\r\nX-Early: 1\r\n\r\n"
        let chunks = "5\r\nhello\r\n6\r\n world\r\n0\r\nX-Trailer: t\r\n\r\n"
        let text = interim + "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks
        let server = try ScriptedServer([.init([.send(Array(text.utf8))])])
        let reply = try await withTransport { transport in
            try await transport.perform(Exchange(method: .get, url: server.url("/")))
        }
        #expect(reply.body == Array("hello world".utf8))
        #expect(reply.headers["X-Early"] == nil)
        #expect(reply.headers["x-trailer"] == "t")
    }

    @Test func headHasALengthButNoBody() async throws {
        let head = Array("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n".utf8)
        let server = try ScriptedServer([.init([.send(head)])])
        let reply = try await withTransport { transport in
            try await transport.perform(Exchange(method: .head, url: server.url("/")))
        }
        #expect(reply.headers["content-length"] == "1000000")
        #expect(reply.body.isEmpty)
    }

    @Test func collectsUpToItsLimit() async throws {
        let server = try ScriptedServer([.ok(pattern(100_000)), .ok(pattern(100_001)), .ok(pattern(7))])
        try await withTransport { transport in
            let exchange = Exchange(method: .get, url: server.url("/"), sink: .collect(limitInBytes: 100_000))
            let first = try await transport.perform(exchange).body
            #expect(same(first, pattern(100_000)))
            #expect(await error(of: exchange, over: transport)?.code == .tooLarge)
            let second = try await transport.perform(exchange).body
            #expect(same(second, pattern(7)))
        }
    }

    @Test func discardsWhatNobodyWants() async throws {
        let server = try ScriptedServer([.ok(pattern(1_000_000))])
        let reply = try await withTransport { transport in
            try await transport.perform(Exchange(method: .get, url: server.url("/"), sink: .discard))
        }
        #expect(reply.body.isEmpty)
        #expect(reply.bytesReceived == 1_000_000)
    }

    @Test func writesIntoAFileAtItsPlace() async throws {
        let server = try ScriptedServer([.ok(pattern(1_000_000))])
        let file = ScratchFile(Array("0123456789".utf8))
        let progress = ExchangeProgress()
        let reply = try await withTransport { transport in
            let sink = Exchange.Sink.file(descriptor: file.descriptor, offset: 5, limit: 1_000_000)
            return try await transport.perform(
                Exchange(method: .get, url: server.url("/"), sink: sink, progress: progress))
        }
        #expect(same(file.content, Array("01234".utf8) + pattern(1_000_000)))
        #expect(reply.body.isEmpty)
        #expect(progress.bytesReceived == 1_000_000)
    }

    @Test(.timeLimit(.minutes(1))) func handsOutAStreamWhileItComes() async throws {
        let gate = ScriptedServer.Gate()
        let whole = ScriptedServer.Reply.message(200, pattern(40_000))
        let server = try ScriptedServer([
            .init([.send(Array(whole.dropLast(10_000))), .wait(gate), .send(Array(whole.suffix(10_000)))]),
            .status(404, Array("no".utf8)),
        ])
        let received = Mutex<[UInt8]>([])
        try await withTransport { transport in
            let sink = Exchange.Sink.stream(
                BodyInspector(copying: { bytes in
                    let count = received.withLock { received in
                        received += bytes
                        return received.count
                    }
                    // The rest is sent only once this much was seen.
                    if count == 30_000 { gate.open() }
                }))
            let exchange = Exchange(method: .get, url: server.url("/"), sink: sink)
            let reply = try await transport.perform(exchange)
            #expect(reply.body.isEmpty && reply.bytesReceived == 40_000)
            let refusal = try await transport.perform(exchange)
            #expect(refusal.body == Array("no".utf8), "the body of a refusal is collected")
        }
        #expect(same(received.withLock { $0 }, pattern(40_000)))
    }

    @Test func writesNothingBeyondTheFilesLimit() async throws {
        let server = try ScriptedServer([.ok(pattern(200_000))])
        let file = ScratchFile()
        try await withTransport { transport in
            let sink = Exchange.Sink.file(descriptor: file.descriptor, offset: 0, limit: 100_000)
            let failure = await error(of: Exchange(method: .get, url: server.url("/"), sink: sink), over: transport)
            #expect(failure?.code == .tooLarge)
        }
        #expect(file.content.count <= 100_000)
    }

    @Test func errorDocumentsStayOutOfTheFile() async throws {
        let server = try ScriptedServer([.status(404, Array("<Error/>".utf8)), .status(500, pattern(100_000))])
        let file = ScratchFile(Array("old".utf8))
        try await withTransport { transport in
            let sink = Exchange.Sink.file(descriptor: file.descriptor, offset: 0, limit: 10)
            let exchange = Exchange(method: .get, url: server.url("/"), sink: sink)
            let third = try await transport.perform(exchange).body
            #expect(same(third, Array("<Error/>".utf8)))
            let fourth = try await transport.perform(exchange).body
            #expect(same(fourth, Array(pattern(100_000).prefix(64 << 10))))
        }
        #expect(file.content == Array("old".utf8))
    }

    @Test func reportsAFileThatCannotBeWritten() async throws {
        let server = try ScriptedServer([.ok(pattern(10))])
        try await withTransport { transport in
            let sink = Exchange.Sink.file(descriptor: 1_000_000, offset: 0, limit: 100)
            let failure = await error(of: Exchange(method: .get, url: server.url("/"), sink: sink), over: transport)
            #expect(failure?.code == .sinkWrite)
            #expect(failure?.errno == 9)
        }
    }

    @Test func limitsTheHeaderBlock() async throws {
        let fields = (0..<40).map { "x-long-\($0): " + String(repeating: "v", count: 8000) }
        let server = try ScriptedServer([.ok(headers: fields)])
        try await withTransport { transport in
            #expect(await error(of: Exchange(method: .get, url: server.url("/")), over: transport)?.code == .tooLarge)
        }
    }
}
