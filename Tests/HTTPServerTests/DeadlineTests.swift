import Glibc
import HTTPServer
import HTTPTypes
import Testing

/// Clients that take too long.
@Suite(.timeLimit(.minutes(5)))
struct DeadlineTests {
    private static func configure(_ configuration: inout ServerConfiguration) {
        configuration.headerDeadline = .milliseconds(600)
        configuration.idleTimeout = .seconds(30)
    }

    @Test(arguments: ["", "GET / HTTP/1.1\r\nHost: h\r\nX: "])
    func cutsAHeadThatComesByteByByte(start: String) async throws {
        try await withServer(.echo, configure: Self.configure) { server in
            let isCut = try await RawClient.session(server) { client in
                try client.send(start)
                return BodySinkTests.dribble(client, pause: 50_000)
            }
            #expect(isCut)
        }
    }

    @Test func cutsALaterHeadThatComesByteByByte() async throws {
        try await withServer(.echo, configure: Self.configure) { server in
            let (status, isCut) = try await RawClient.session(server) { client in
                let status = try client.exchange("GET / HTTP/1.1\r\nHost: h\r\n\r\n").status
                return (status, BodySinkTests.dribble(client, pause: 50_000))
            }
            #expect(status == 200)
            #expect(isCut)
        }
    }

    @Test func closesAConnectionThatIdles() async throws {
        try await withServer(.echo, configure: { $0.idleTimeout = .milliseconds(500) }) { server in
            let isClosed = try await RawClient.session(server) { client in
                _ = try client.exchange("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
                return client.isClosed()
            }
            #expect(isClosed)
        }
    }

    @Test func keepsAnIdleConnectionLongerThanAHeadMayTake() async throws {
        try await withServer(.echo, configure: Self.configure) { server in
            let statuses = try await RawClient.session(server) { client in
                try (0..<3).map { _ in
                    usleep(900_000)
                    return try client.exchange("GET / HTTP/1.1\r\nHost: h\r\n\r\n").status
                }
            }
            #expect(statuses == [200, 200, 200])
        }
    }

    @Test func waitsForASlowHandler() async throws {
        let handler = TestHandler { _, _ in
            try? await Task.sleep(for: .milliseconds(2500))
            return ServerResponse(status: .ok)
        }
        let configure: (inout ServerConfiguration) -> Void = {
            $0.headerDeadline = .seconds(1)
            $0.idleTimeout = .seconds(1)
            $0.bodyGrace = .seconds(1)
        }
        try await withServer(handler, configure: configure) { server in
            let response = try await RawClient.session(server) {
                try $0.exchange("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            }
            #expect(response.status == 200)
        }
    }
}
