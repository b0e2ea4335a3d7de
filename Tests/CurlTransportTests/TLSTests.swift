import CurlTransport
import Testing

@Suite(.timeLimit(.minutes(5)))
struct TLSTests {
    @Test(arguments: [0, 1, 4096, 50_000, 64 << 10, (5 << 20) + 1])
    func sendsAndReceivesOverTLS(size: Int) async throws {
        let server = try TLSServer.shared.get()
        let body = pattern(size)
        let file = ScratchFile(body)
        try await withTransport(configure: { $0.caFile = server.certificateFile }) { transport in
            let range = FileBody(descriptor: file.descriptor, offsetInBytes: 0, sizeInBytes: Int64(size))
            for content in [Exchange.Body.bytes(body), .file(range)] {
                let sink = Exchange.Sink.collect(limitInBytes: 6 << 20)
                let reply = try await transport.perform(
                    Exchange(method: .put, url: server.url(), body: content, sink: sink))
                #expect(same(reply.body, body))
            }
        }
    }

    @Test func resumesTheSessionOnANewConnection() async throws {
        let server = try TLSServer.shared.get()
        try await withTransport(configure: { $0.caFile = server.certificateFile }) { transport in
            let exchange = Exchange(method: .put, url: server.url(), freshConnection: true)
            let first = try await transport.perform(exchange)
            let second = try await transport.perform(exchange)
            #expect(first.headers["x-reused"] == "False")
            #expect(second.headers["x-reused"] == "True")
            #expect(!second.reusedConnection)
        }
    }

    @Test func refusesAnUnknownAuthority() async throws {
        let server = try TLSServer.shared.get()
        try await withTransport { transport in
            let failure = await error(of: Exchange(method: .put, url: server.url()), over: transport)
            #expect(failure?.code == .tls)
            #expect(failure?.curlCode == 60)
        }
    }

    @Test func refusesAnotherHostsCertificate() async throws {
        let server = try TLSServer.shared.get()
        try await withTransport(configure: { $0.caFile = server.certificateFile }) { transport in
            let failure = await error(of: Exchange(method: .put, url: server.url(host: "localhost")), over: transport)
            #expect(failure?.code == .tls)
        }
    }

    @Test func reportsAMissingAuthorityFile() async throws {
        let server = try TLSServer.shared.get()
        try await withTransport(configure: { $0.caFile = "/no/such/file.pem" }) { transport in
            let failure = await error(of: Exchange(method: .put, url: server.url()), over: transport)
            #expect(failure?.code == .tls)
        }
    }
}
