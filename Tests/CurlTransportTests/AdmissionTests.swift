import CurlTransport
import Support
import Testing

/// What is asked before a connection is opened, and answers of which only a part is read.
struct AdmissionTests {
    private func get(_ url: [UInt8], limit: Int = 16) -> Exchange {
        Exchange(method: .get, url: url, sink: .cut(limitInBytes: limit), totalTimeout: .seconds(20))
    }

    @Test func theAddressIsJudgedThatIsConnectedTo() async throws {
        let server = try ScriptedServer()
        let asked = Asked()
        try await withTransport {
            $0.admits = { address in
                asked.note(address)
                return false
            }
        } _: { transport in
            for host in ["127.0.0.1", "localhost"] {
                let url = Array("http://\(host):\(server.port)/".utf8)
                let error = try #require(await error(of: get(url), over: transport))
                #expect(error.code == .refusedAddress, "\(host): \(error)")
            }
        }
        #expect(server.connections == 0)
        #expect(asked.addresses.contains(PeerAddress(bytes: [127, 0, 0, 1])))
    }

    @Test func anAdmittedAddressIsConnectedToAsEver() async throws {
        let server = try ScriptedServer()
        try await withTransport {
            $0.admits = { $0 == PeerAddress(text: "127.0.0.1") }
        } _: { transport in
            let reply = try await transport.perform(get(server.url("/")))
            #expect(reply.status == 200)
        }
    }

    @Test(arguments: [200, 404]) func aLongAnswerIsCutAndHasItsStatus(status: Int) async throws {
        let long = [UInt8](repeating: 0x78, count: 100_000)
        let server = try ScriptedServer([.status(status, long), .status(status, Array("short".utf8))])
        try await withTransport { transport in
            let cut = try await transport.perform(get(server.url("/")))
            #expect(cut.status == status && cut.body == Array(long.prefix(16)) && cut.bytesReceived == 16)
            let whole = try await transport.perform(get(server.url("/")))
            #expect(whole.status == status && whole.body == Array("short".utf8))
        }
        #expect(server.connections == 2)
    }
}
