import HTTPServer
import HTTPTypes
import Testing

/// The way of a request through the server: heads, bodies, connections that are used again.
@Suite(.timeLimit(.minutes(5)))
struct RequestTests {
    @Test func handsTheTargetOverVerbatim() async throws {
        try await withServer(.echo) { server in
            let response = try await RawClient.session(server) {
                try $0.exchange("GET /a%20b/c?x=1&y=%2F HTTP/1.1\r\nHost: h\r\n\r\n")
            }
            #expect(response.status == 200)
            #expect(response.text == "GET /a%20b/c?x=1&y=%2F 0\n")
            #expect(response.fields["date"] != nil)
            #expect(response.fields["content-length"] == "\(response.body.count)")
        }
    }

    @Test func handsFieldsAndTheAddressOver() async throws {
        let seen = Signal<ServerRequest>()
        let handler = TestHandler { request, _ in
            seen.note(request)
            return ServerResponse(status: .noContent)
        }
        try await withServer(handler) { server in
            let response = try await RawClient.session(server) {
                try $0.exchange("GET / HTTP/1.1\r\nHost: example:80\r\nX-A: 1\r\nx-a:  2 \r\nX-B: é\r\n\r\n")
            }
            #expect(response.status == 204)
            let request = try #require(seen.values.first)
            #expect(request.remoteAddress == "127.0.0.1")
            #expect(request.head.authority == "example:80")
            let values = request.head.headerFields.compactMap { $0.name.canonicalName == "x-a" ? $0.value : nil }
            #expect(values == ["1", "2"])
            #expect(request.head.headerFields[HTTPField.Name("x-b")!] == "é")
            #expect(request.head.headerFields[HTTPField.Name("host")!] == "example:80")
        }
    }

    @Test func takesAnAbsoluteTargetApart() async throws {
        try await withServer(.echo) { server in
            let response = try await RawClient.session(server) {
                try $0.exchange("GET http://other/p?q HTTP/1.1\r\nHost: h\r\n\r\n")
            }
            #expect(response.text == "GET /p?q 0\n")
        }
    }

    @Test func answersAHandlerThatSuspends() async throws {
        let handler = TestHandler { request, _ in
            await Task.yield()
            await Task.yield()
            return ServerResponse(status: .created, body: .bytes(request.body))
        }
        try await withServer(handler) { server in
            let texts = try await RawClient.session(server) { client in
                try (0..<50).map { index in
                    try client.exchange("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n\(10 + index)").text
                }
            }
            #expect(texts == (10..<60).map { "\($0)" })
        }
    }

    @Test func answersPipelinedRequestsInOrder() async throws {
        let handler = TestHandler { request, _ in
            if request.head.path?.hasSuffix("0") == true { await Task.yield() }
            return ServerResponse(status: .ok, body: .bytes(Array((request.head.path ?? "").utf8)))
        }
        try await withServer(handler) { server in
            let texts = try await RawClient.session(server) { client in
                let requests = (0..<200).map {
                    "POST /\($0) HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"
                }
                try client.send(requests.joined())
                return try (0..<200).map { _ in try client.readResponse().text }
            }
            #expect(texts == (0..<200).map { "/\($0)" })
        }
    }

    /// However the bytes of requests are cut into pieces, the handler sees the same requests.
    @Test(arguments: [UInt64(1), 2, 3, 4, 5, 6])
    func readsRequestsCutAnywhere(seed: UInt64) async throws {
        let handler = TestHandler { request, _ in
            if request.body.count % 2 == 1 { await Task.yield() }
            return ServerResponse(status: .ok, body: .bytes(request.body))
        }
        try await withServer(handler) { server in
            let wrong = try await RawClient.session(server) { client in
                var random = SplitMix(seed: seed)
                var wrong: [Int] = []
                for index in 0..<40 {
                    let body = (0..<Int.random(in: 0...3000, using: &random)).map { _ in
                        UInt8.random(in: 0...255, using: &random)
                    }
                    var rest = Self.request(body, chunked: Bool.random(using: &random), using: &random)[...]
                    while !rest.isEmpty {
                        let size = Bool.random(using: &random) ? Int.random(in: 1...9, using: &random) : 700
                        try client.send(Array(rest.prefix(size)))
                        rest = rest.dropFirst(size)
                    }
                    if try client.readResponse().body != body { wrong.append(index) }
                }
                return wrong
            }
            #expect(wrong.isEmpty, "seed \(seed)")
        }
    }

    private static func request(_ body: [UInt8], chunked: Bool, using random: inout SplitMix) -> [UInt8] {
        guard chunked else {
            return Array("PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: \(body.count)\r\n\r\n".utf8) + body
        }
        var bytes = Array("PUT /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)
        var rest = body[...]
        while !rest.isEmpty {
            let piece = rest.prefix(Int.random(in: 1...900, using: &random))
            bytes += Array("\(String(piece.count, radix: 16))\r\n".utf8) + piece + [13, 10]
            rest = rest.dropFirst(piece.count)
        }
        return bytes + Array("0\r\n\r\n".utf8)
    }

    @Test func sendsNoBodyToHead() async throws {
        let wasCalled = Signal<Void>()
        let handler = TestHandler { request, _ in
            switch request.head.path {
            case "/bytes": return ServerResponse(status: .ok, body: .bytes([1, 2, 3]))
            case "/length": return ServerResponse(status: .ok, headerFields: [.contentLength: "12345678901"])
            default: return ServerResponse(status: .ok, body: .stream { _ in wasCalled.note() })
            }
        }
        try await withServer(handler) { server in
            let responses = try await RawClient.session(server) { client in
                try ["/bytes", "/length", "/bytes", "/stream"].map {
                    try client.exchange("HEAD \($0) HTTP/1.1\r\nHost: h\r\n\r\n", toHead: true)
                }
            }
            #expect(responses.map(\.status) == [200, 200, 200, 200])
            #expect(responses.map { $0.fields["content-length"] } == ["3", "12345678901", "3", nil])
            #expect(responses[3].fields["connection"] == "close")
        }
        #expect(wasCalled.values.isEmpty)
    }

    @Test func closesWhenTheClientOrTheHandlerAsks() async throws {
        let handler = TestHandler { request, _ in
            ServerResponse(status: .ok, headerFields: request.head.path == "/close" ? [.connection: "close"] : [:])
        }
        try await withServer(handler) { server in
            for request in [
                "GET /close HTTP/1.1\r\nHost: h\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
                "GET / HTTP/1.0\r\n\r\n",
            ] {
                let (response, isClosed) = try await RawClient.session(server) {
                    (try $0.exchange(request), $0.isClosed())
                }
                #expect(response.status == 200)
                #expect(response.fields["connection"] == "close")
                #expect(isClosed)
            }
        }
    }
}

/// A generator with a seed that can be printed.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
