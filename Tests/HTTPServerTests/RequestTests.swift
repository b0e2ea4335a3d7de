import HTTPServer
import HTTPTypes
import Testing

/// The way of a request through the server: heads, bodies, connections that are used again.
@Suite(.timeLimit(.minutes(1)))
struct RequestTests {
    @Test func answersAGet() async throws {
        try await withServer(.echo) { server in
            let port = server.port
            let response = try await onThread {
                try RawClient(port: port).exchange("GET /a%20b/c?x=1&y=%2F HTTP/1.1\r\nHost: h\r\n\r\n")
            }
            #expect(response.status == 200)
            #expect(response.text == "GET /a%20b/c?x=1&y=%2F 0\n")
            #expect(response.fields["date"] != nil)
            #expect(response.fields["content-length"] == "\(response.body.count)")
        }
    }

    @Test func answersAHandlerThatSuspends() async throws {
        let handler = TestHandler { request, _ in
            await Task.yield()
            await Task.yield()
            return ServerResponse(status: .created, body: .bytes(request.body))
        }
        try await withServer(handler) { server in
            let port = server.port
            let response = try await onThread {
                let client = try RawClient(port: port)
                var response = RawResponse()
                for index in 0..<50 {
                    response = try client.exchange("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n\(10 + index)")
                    guard response.text == "\(10 + index)" else { break }
                }
                return response
            }
            #expect(response.status == 201)
            #expect(response.text == "59")
        }
    }
}
