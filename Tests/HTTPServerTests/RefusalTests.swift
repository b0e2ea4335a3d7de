import HTTPServer
import HTTPTypes
import Testing

/// Requests that are answered without their handler, or before their body.
@Suite(.timeLimit(.minutes(5)))
struct RefusalTests {
    private static let small = TestHandler(plan: { _ in .collect(limitInBytes: 10) }) { request, _ in
        ServerResponse(status: .ok, body: .bytes(request.body))
    }

    @Test func refusesALargeBodyByItsLengthBeforeItComes() async throws {
        try await withServer(Self.small) { server in
            let (response, isClosed) = try await RawClient.session(server) {
                (try $0.exchange("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n"), $0.isClosed())
            }
            #expect(response.status == 413)
            #expect(response.fields["connection"] == "close")
            #expect(isClosed)
            let fits = try await RawClient.session(server) {
                try $0.exchange("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n0123456789")
            }
            #expect(fits.text == "0123456789")
        }
    }

    @Test func asksForABodyThatItWantsAndForNoOther() async throws {
        try await withServer(Self.small) { server in
            let head = "PUT / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: "
            let responses = try await RawClient.session(server) { client in
                let interim = try client.exchange(head + "3\r\n\r\n")
                return [interim, try client.exchange("abc"), try client.exchange(head + "11\r\n\r\n")]
            }
            #expect(responses.map(\.status) == [100, 200, 413])
            #expect(responses[1].text == "abc")
        }
    }

    /// A client that sends its whole body before it reads gets the answer all the same, and no reset.
    @Test func lingersForAClientThatGoesOnSending() async throws {
        try await withServer(Self.small) { server in
            for _ in 0..<5 {
                let response = try await RawClient.session(server) { client in
                    try client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 8000000\r\n\r\n")
                    for _ in 0..<80 { try client.send([UInt8](repeating: 7, count: 100_000)) }
                    return try client.readResponse()
                }
                #expect(response.status == 413)
            }
        }
    }

    @Test func closesOnAChunkedBodyThatGrowsTooLarge() async throws {
        try await withServer(Self.small) { server in
            let isClosed = try await RawClient.session(server) { client in
                try client.send("PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
                try client.send("6\r\nabcdef\r\n6\r\nabcdef\r\n")
                return client.isClosed()
            }
            #expect(isClosed)
        }
    }

    @Test func aRefusalWithoutABodyKeepsTheConnection() async throws {
        let handler = TestHandler(plan: { head in
            head.path == "/no"
                ? .refuse(ServerResponse(status: .unauthorized, body: .bytes([33]))) : .collect(limitInBytes: 9)
        }) { _, _ in ServerResponse(status: .ok) }
        try await withServer(handler) { server in
            let (statuses, isClosed) = try await RawClient.session(server) { client in
                var statuses: [Int] = []
                for path in ["/no", "/yes", "/no", "/yes"] {
                    statuses.append(try client.exchange("GET \(path) HTTP/1.1\r\nHost: h\r\n\r\n").status)
                }
                let last = try client.exchange("PUT /no HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n")
                return (statuses + [last.status], client.isClosed())
            }
            #expect(statuses == [401, 200, 401, 200, 401])
            #expect(isClosed)
        }
    }

    @Test(arguments: [
        ("Host: h\r\nContent-Length: 1\r\nContent-Length: 2", 400),
        ("Host: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked", 400),
        ("Host: h\r\nTransfer-Encoding: gzip, chunked", 501),
        ("Host: h\r\nContent-Length: 1x", 400),
        ("Host: h\r\nContent-Length: -1", 400),
        ("Host: h\r\nHost: i", 400),
        ("X: y", 400),
    ])
    func refusesAHeadThatIsNotToBeTrusted(fields: String, status: Int) async throws {
        try await withServer(.echo) { server in
            let (response, isClosed) = try await RawClient.session(server) {
                (try $0.exchange("PUT / HTTP/1.1\r\n\(fields)\r\n\r\n"), $0.isClosed())
            }
            #expect(response.status == status)
            // libmicrohttpd 0.9.75 sends the head of its own refusal of a length twice, so more comes before the end.
            #expect(isClosed || fields.contains("1x") || fields.contains("-1"))
        }
    }

    @Test func limitsTheHead() async throws {
        try await withServer(.echo) { server in
            for (size, status) in [(15_000, 200), (17_000, 431), (200_000, 431)] {
                let value = String(repeating: "v", count: size)
                let response = try await RawClient.session(server) { client in
                    try? client.send("GET / HTTP/1.1\r\nHost: h\r\nX: \(value)\r\n\r\n")
                    return try client.readHead()
                }
                #expect(response.status == status, "\(size) bytes")
            }
        }
    }

    @Test func takesManyFieldsWithinTheLimit() async throws {
        try await withServer(.echo) { server in
            let fields = (0..<150).map { "X-Field-\($0): value\r\n" }.joined()
            let response = try await RawClient.session(server) {
                try $0.exchange("GET / HTTP/1.1\r\nHost: h\r\n\(fields)\r\n")
            }
            #expect(response.status == 200)
        }
    }

    @Test func lettersARefusalInTheHandlersWords() async throws {
        struct Wording: RequestHandler {
            func plan(_ head: HTTPRequest) -> BodyPlan { .collect(limitInBytes: 0) }
            func respond(to request: ServerRequest, sink: (any BodySink)?) async -> ServerResponse {
                ServerResponse(status: .ok)
            }
            func refusal(_ status: HTTPResponse.Status, of head: HTTPRequest) -> ServerResponse {
                ServerResponse(status: status, body: .bytes(Array("no \(head.path ?? "")".utf8)))
            }
        }
        let server = try WebServer(configuration: ServerConfiguration(), handler: Wording())
        let response = try await RawClient.session(server) {
            try $0.exchange("PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n")
        }
        #expect(response.text == "no /x")
        await server.stop(grace: .zero)
    }
}
