import Glibc
import HTTPServer
import HTTPTypes
import Synchronization
import Testing

/// Streamed answers: order, back-pressure, and their ends.
@Suite(.timeLimit(.minutes(5)))
struct StreamTests {
    private static func streaming(_ produce: @escaping @Sendable (ResponseWriter) async throws -> Void) -> TestHandler {
        TestHandler { _, _ in ServerResponse(status: .ok, body: .stream(produce)) }
    }

    private static let get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n"

    @Test(arguments: [UInt64(1), 2, 3])
    func keepsTheOrderOfWhatIsWritten(seed: UInt64) async throws {
        var random = SplitMix(seed: seed)
        let pieces = (0..<300).map { index in
            [UInt8](
                repeating: UInt8(index % 251),
                count: Int.random(in: 0...(index % 7 == 0 ? 40_000 : 300), using: &random))
        }
        let handler = Self.streaming { writer in
            for (index, piece) in pieces.enumerated() {
                if index % 5 == 0 { await Task.yield() }
                try await writer.write(piece)
            }
        }
        try await withServer(handler) { server in
            let bodies = try await RawClient.session(server) { client in
                try (0..<3).map { _ in try client.exchange(Self.get).body }
            }
            let expected = pieces.flatMap(\.self)
            #expect(bodies.allSatisfy { $0 == expected }, "seed \(seed)")
        }
    }

    /// A reader that stops bounds what its writer may write: the kernel's buffers, the connection's memory, and the
    /// stream's own bound.
    @Test func aReaderThatStopsHoldsItsWriterBack() async throws {
        let written = Atomic<Int>(0)
        let stalled = Signal<Void>()
        let total = 32 << 20
        let handler = Self.streaming { writer in
            let piece = [UInt8](repeating: 5, count: 4096)
            for _ in 0..<(total / piece.count) {
                let isOver = Mutex(false)
                // A write that takes this long waits for the reader.
                let watch = Task {
                    try await Task.sleep(for: .milliseconds(300))
                    if !isOver.withLock({ $0 }) { stalled.note() }
                }
                try await writer.write(piece)
                isOver.withLock { $0 = true }
                watch.cancel()
                written.add(piece.count, ordering: .sequentiallyConsistent)
            }
        }
        try await withServer(handler) { server in
            let client = try await RawClient.connect(server, receiveBuffer: 16 * 1024, sending: Self.get)
            await stalled.wait()
            let accepted = written.load(ordering: .sequentiallyConsistent)
            #expect(accepted < 8 << 20, "accepted \(accepted) bytes")
            let response = try await client.step { try $0.readResponse() }
            #expect(response.body.count == total)
        }
    }

    @Test func aStreamThatThrowsCutsTheConnection() async throws {
        struct Broken: Error {}
        let handler = Self.streaming { writer in
            try await writer.write([1, 2, 3])
            await Task.yield()
            throw Broken()
        }
        try await withServer(handler) { server in
            let failure = await #expect(throws: ClientFailure.self) {
                try await RawClient.session(server) { try $0.exchange(Self.get) }
            }
            #expect(failure?.message.hasPrefix("closed") == true)
        }
    }

    @Test func writingFailsWhenTheClientLeft() async throws {
        let outcome = Signal<ServerError.Code?>()
        let handler = Self.streaming { writer in
            do {
                while true { try await writer.write([UInt8](repeating: 1, count: 10_000)) }
            } catch {
                outcome.note((error as? ServerError)?.code)
                throw error
            }
        }
        try await withServer(handler) { server in
            var client: RawClient? = try await RawClient.connect(server)
            _ = try await client?.step { client in
                try client.send(Self.get)
                return try client.readExactly(50_000)
            }
            client = nil
            #expect(await outcome.wait() == [.clientLeft])
        }
    }

    /// libmicrohttpd sees nothing of a suspended connection; the server's own thread does.
    @Test func anIdleStreamEndsWhenTheClientResets() async throws {
        let started = Signal<Void>()
        let cancelled = Signal<Void>()
        let handler = Self.streaming { writer in
            try await writer.write([1])
            started.note()
            do { try await Task.sleep(for: .seconds(3600)) } catch { cancelled.note() }
        }
        try await withServer(handler, configure: { $0.bodyGrace = .milliseconds(100) }) { server in
            let client = try await RawClient.connect(server, sending: Self.get)
            await started.wait()
            try await client.step { client in
                _ = try client.readHead()
                client.reset()
            }
            await cancelled.wait()
        }
    }

    @Test func aClientThatStopsReadingIsCut() async throws {
        let outcome = Signal<ServerError.Code?>()
        let handler = Self.streaming { writer in
            do {
                while true { try await writer.write([UInt8](repeating: 1, count: 10_000)) }
            } catch {
                outcome.note((error as? ServerError)?.code)
            }
        }
        try await withServer(handler, configure: { $0.idleTimeout = .seconds(1) }) { server in
            let client = try await RawClient.connect(server, receiveBuffer: 16 * 1024, sending: Self.get)
            #expect(await outcome.wait() == [.timedOut])
            _ = try? await client.step { try $0.readResponse() }
        }
    }

    @Test func anIdleStreamIsNotCut() async throws {
        let proceed = Signal<Void>()
        let handler = Self.streaming { writer in
            try await writer.write(Array("a".utf8))
            await proceed.wait()
            try await writer.write(Array("b".utf8))
        }
        let configure: (inout ServerConfiguration) -> Void = {
            $0.idleTimeout = .seconds(1)
            $0.bodyGrace = .milliseconds(100)
        }
        try await withServer(handler, configure: configure) { server in
            let response = try await RawClient.session(server) { client in
                try client.send(Self.get)
                _ = try client.readHead()
                _ = try client.readChunk()
                usleep(2_000_000)
                proceed.note()
                return try client.readChunk()
            }
            #expect(response == [98])
        }
    }

    @Test func streamsToAClientOfHTTP10UntilItCloses() async throws {
        let handler = Self.streaming { writer in
            for _ in 0..<100 { try await writer.write([UInt8](repeating: 65, count: 999)) }
        }
        try await withServer(handler) { server in
            let response = try await RawClient.session(server) { try $0.exchange("GET / HTTP/1.0\r\n\r\n") }
            #expect(response.fields["transfer-encoding"] == nil)
            #expect(response.body.count == 99_900)
        }
    }

    @Test func manyStreamsRunAtOnce() async throws {
        let handler = Self.streaming { writer in
            for index in 0..<50 {
                try await writer.write(Array("\(index)\n".utf8))
                await Task.yield()
            }
        }
        let expected = (0..<50).map { "\($0)\n" }.joined()
        try await withServer(handler) { server in
            let port = server.port
            let texts = try await onThread {
                let clients = try (0..<200).map { _ in try RawClient(port: port) }
                for client in clients { try client.send(Self.get) }
                return try clients.map { try $0.readResponse().text }
            }
            #expect(texts.count == 200)
            #expect(texts.allSatisfy { $0 == expected })
        }
    }
}
