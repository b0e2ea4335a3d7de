import HTTPServer
import HTTPTypes
import Testing

/// Answers of known length that are streamed, and answers that never come.
@Suite(.timeLimit(.minutes(5)))
struct BrokenAnswerTests {
    private struct Cut: Error {}

    private static let get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n"

    private static func streaming(_ sizes: [Int], thenCut: Bool) -> TestHandler {
        TestHandler { _, _ in
            ServerResponse(
                status: .ok, headerFields: [.contentLength: "100000"],
                body: .stream { writer in
                    for size in sizes { try await writer.write([UInt8](repeating: 7, count: size)) }
                    if thenCut { throw Cut() }
                })
        }
    }

    private static func everything(from client: RawClient) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let more = try client.receive()
            if more.isEmpty { return bytes }
            bytes += more
        }
    }

    @Test func aStreamOfKnownLengthIsNotChunkedAndKeepsItsConnection() async throws {
        try await withServer(Self.streaming([1, 40_000, 59_999], thenCut: false)) { server in
            try await RawClient.session(server) { client in
                for _ in 0..<3 {
                    let answer = try client.exchange(Self.get)
                    #expect(answer.fields["content-length"] == "100000")
                    #expect(answer.fields["transfer-encoding"] == nil)
                    #expect(answer.body.count == 100_000)
                }
            }
        }
    }

    @Test func aStreamOfKnownLengthThatIsCutEndsTheConnection() async throws {
        try await withServer(Self.streaming([1000], thenCut: true)) { server in
            try await RawClient.session(server) { client in
                try client.send(Self.get)
                let bytes = try Self.everything(from: client)
                let text = String(decoding: bytes, as: UTF8.self)
                #expect(text.contains("Content-Length: 100000"))
                #expect(bytes.count { $0 == 7 } == 1000)
            }
        }
    }

    @Test(arguments: [0, 5000])
    func disconnectingSendsNothing(bodySize: Int) async throws {
        let handler = TestHandler { _, _ in ServerResponse(status: .ok, body: .disconnect) }
        try await withServer(handler) { server in
            try await RawClient.session(server) { client in
                let body = String(repeating: "x", count: bodySize)
                try client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: \(bodySize)\r\n\r\n\(body)")
                #expect(client.isClosed())
            }
        }
    }
}
