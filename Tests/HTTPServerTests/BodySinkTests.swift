import Glibc
import HTTPServer
import HTTPTypes
import Synchronization
import Testing

/// Bodies that go to a sink while they come.
@Suite(.timeLimit(.minutes(5)))
struct BodySinkTests {
    private struct Full: Error {}

    private final class RecordingSink: BodySink {
        let bytes = Mutex<[UInt8]>([])
        let ended = Signal<String>()
        let limit: Int

        init(limit: Int = .max) {
            self.limit = limit
        }

        func receive(_ piece: UnsafeRawBufferPointer) throws {
            try bytes.withLock { bytes in
                if bytes.count + piece.count > limit { throw Full() }
                unsafe bytes.append(contentsOf: piece)
            }
        }

        func finish(error: (any Error)?) {
            let end = error.map { ($0 as? ServerError)?.code.rawValue ?? "\($0)" } ?? "complete"
            ended.note(end)
        }
    }

    @Test func streamsALargeBody() async throws {
        let sink = RecordingSink()
        let handler = TestHandler(plan: { _ in .stream(sink) }) { request, given in
            #expect(given === sink)
            #expect(request.body.isEmpty)
            #expect(sink.ended.values == ["complete"])
            return ServerResponse(status: .ok)
        }
        let piece = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 7919 >> 3) }
        try await withServer(handler, configure: { $0.readBufferInBytes = 64 * 1024 }) { server in
            let response = try await RawClient.session(server) { client in
                try client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: \(piece.count * 8)\r\n\r\n")
                for _ in 0..<8 { try client.send(piece) }
                return try client.readResponse()
            }
            #expect(response.status == 200)
        }
        let expected = Array(repeatElement(piece, count: 8).joined())
        #expect(sink.bytes.withLock { $0 } == expected)
        #expect(sink.ended.values == ["complete"])
    }

    @Test func finishesASinkOfAnEmptyBody() async throws {
        let sink = RecordingSink()
        let handler = TestHandler(plan: { _ in .stream(sink) }) { _, _ in ServerResponse(status: .ok) }
        try await withServer(handler) { server in
            let response = try await RawClient.session(server) {
                try $0.exchange("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n")
            }
            #expect(response.status == 200)
        }
        #expect(sink.ended.values == ["complete"])
    }

    @Test func tellsTheSinkThatTheClientLeft() async throws {
        let sink = RecordingSink()
        let handler = TestHandler(plan: { _ in .stream(sink) }) { _, _ in
            Issue.record("the handler ran")
            return ServerResponse(status: .ok)
        }
        try await withServer(handler) { server in
            var client: RawClient? = try await RawClient.connect(server)
            try await client?.step { try $0.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nabc") }
            client = nil
            let ends = await sink.ended.wait()
            #expect(ends == ["clientLeft"])
        }
        #expect(sink.ended.values.count == 1)
    }

    @Test func dropsTheRestOfABodyThatItsSinkRefused() async throws {
        let sink = RecordingSink(limit: 1000)
        let handler = TestHandler(plan: { head in head.path == "/s" ? .stream(sink) : .collect(limitInBytes: 0) }) {
            _, given in ServerResponse(status: given == nil ? .ok : .init(code: 507))
        }
        try await withServer(handler) { server in
            let statuses = try await RawClient.session(server) { client in
                try client.send("PUT /s HTTP/1.1\r\nHost: h\r\nContent-Length: 300000\r\n\r\n")
                for _ in 0..<3 { try client.send([UInt8](repeating: 1, count: 100_000)) }
                let first = try client.readResponse().status
                return [first, try client.exchange("GET / HTTP/1.1\r\nHost: h\r\n\r\n").status]
            }
            #expect(statuses == [507, 200])
        }
        #expect(sink.ended.values == ["Full()"])
    }

    @Test func cutsABodyThatComesTooSlowly() async throws {
        let sink = RecordingSink()
        let handler = TestHandler(plan: { _ in .stream(sink) }) { _, _ in ServerResponse(status: .ok) }
        try await withServer(handler, configure: { $0.bodyGrace = .milliseconds(200) }) { server in
            let isCut = try await RawClient.session(server) { client in
                try client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n")
                return Self.dribble(client, pause: 20_000)
            }
            #expect(isCut)
            #expect(await sink.ended.wait() == ["timedOut"])
        }
    }

    /// Sends a byte now and then until the server closes, for ten seconds at most.
    static func dribble(_ client: RawClient, pause: UInt32) -> Bool {
        for _ in 0..<(10_000_000 / pause) {
            do { try client.send([97]) } catch { return true }
            usleep(pause)
        }
        return false
    }

    @Test func tellsTheSinkThatTheServerStops() async throws {
        let sink = RecordingSink()
        let handler = TestHandler(plan: { _ in .stream(sink) }) { _, _ in ServerResponse(status: .ok) }
        let received = Signal<Void>()
        try await withServer(handler) { server in
            let client = try await RawClient.connect(server)
            try await client.step { client in
                try client.send("PUT / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 100\r\n\r\n")
                _ = try client.readHead()
            }
            received.note()
            await server.stop(grace: .milliseconds(50))
            #expect(sink.ended.values == ["stopped"])
            #expect(try await client.step { $0.isClosed() })
        }
    }
}
