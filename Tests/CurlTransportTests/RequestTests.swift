import CurlTransport
import Support
import Testing

/// Request line and header fields.
struct RequestTests {
    @Test func sendsTheGivenFieldsAndNoOthers() async throws {
        let server = try ScriptedServer()
        var headers = HeaderLines()
        headers.append(name: "Authorization", value: "AWS4-HMAC-SHA256 Credential=x")
        headers.append(name: "x-amz-meta-empty", value: "")
        headers.append(name: "x-amz-meta-Ümlaut".replacing("Ü", with: "U"), value: "é ; , \" \t x")
        let own = ["Host: 127.0.0.1:\(server.port)", "User-Agent: longshore/0.1"]
        let given = [
            "Authorization: AWS4-HMAC-SHA256 Credential=x", "x-amz-meta-empty:", "x-amz-meta-Umlaut: é ; , \" \t x",
        ]
        try await withTransport { transport in
            let (body, url) = (Exchange.Body.bytes([1, 2]), server.url("/"))
            _ = try await transport.perform(Exchange(method: .put, url: url, headers: headers, body: body))
            _ = try await transport.perform(Exchange(method: .get, url: url, headers: headers))
            _ = try await transport.perform(Exchange(method: .delete, url: url, headers: headers))
            _ = try await transport.perform(Exchange(method: .post, url: url, headers: headers))
        }
        let expected = [
            own + given + ["Content-Length: 2"], own + given, own + given, own + given + ["Content-Length: 0"],
        ]
        for (request, fields) in zip(server.requests, expected) {
            #expect(Set(request.fields) == Set(fields))
            #expect(request.fields.count == fields.count)
        }
        #expect(server.requests.map(\.method) == ["PUT", "GET", "DELETE", "POST"])
        #expect(server.requests.allSatisfy { $0.lines[0].hasSuffix(" HTTP/1.1") })
    }

    @Test func ownTypeAndHostReplaceLibcurls() async throws {
        let server = try ScriptedServer()
        var headers = HeaderLines()
        headers.append(name: "Host", value: "bucket.example")
        headers.append(name: "content-type", value: "text/x")
        _ = try await withTransport { transport in
            try await transport.perform(
                Exchange(method: .put, url: server.url("/"), headers: headers, body: .bytes([1])))
        }
        let fields = try #require(server.requests.first).fields.map { $0.lowercased() }
        #expect(fields.filter { $0.hasPrefix("host:") } == ["host: bucket.example"])
        #expect(fields.filter { $0.hasPrefix("content-type:") } == ["content-type: text/x"])
    }

    @Test(arguments: [
        "/a/../b", "/./a", "/a//b", "/a%2Fb", "/%C3%A9%20%2B+", "/?uploads", "/k?uploads=&x=%2F", "/k?a=../b",
        "/a/b/..",
        "/~x;y=1,2'()*!@$&=", "/" + String(repeating: "k", count: 8000),
    ])
    func sendsTheTargetAsItStands(target: String) async throws {
        let server = try ScriptedServer()
        _ = try await withTransport { transport in
            try await transport.perform(Exchange(method: .put, url: server.url(target), body: .bytes([1])))
        }
        #expect(server.requests.first?.target == target)
    }

    @Test func changesItsFormOnOneConnection() async throws {
        let server = try ScriptedServer()
        let file = ScratchFile(pattern(100_000))
        let bodies: [(Exchange.Method, Exchange.Body, Int)] = [
            (.put, .bytes(pattern(10)), 10), (.get, .none, 0), (.post, .bytes(pattern(70_000)), 70_000),
            (.head, .none, 0), (.put, .none, 0), (.delete, .none, 0), (.delete, .bytes(pattern(5)), 5),
            (.put, .file(FileBody(descriptor: file.descriptor, offsetInBytes: 0, sizeInBytes: 100_000)), 100_000),
            (.post, .file(FileBody(descriptor: file.descriptor, offsetInBytes: 0, sizeInBytes: 100_000)), 100_000),
            (.post, .bytes(pattern(1 << 20)), 1 << 20), (.put, .bytes(pattern(1)), 1),
        ]
        try await withTransport { transport in
            for (index, (method, body, size)) in bodies.enumerated() {
                let reply = try await transport.perform(Exchange(method: method, url: server.url("/"), body: body))
                #expect(reply.status == 200)
                #expect(reply.bytesSent == size)
                #expect(reply.reusedConnection == (index > 0))
            }
        }
        #expect(server.requests.map { $0.body.count } == bodies.map(\.2))
        let methods = ["PUT", "GET", "POST", "HEAD", "PUT", "DELETE", "DELETE", "PUT", "POST", "POST", "PUT"]
        #expect(server.requests.map(\.method) == methods)
        #expect(server.connections == 1)
    }

    @Test func opensAConnectionWhenAskedTo() async throws {
        let server = try ScriptedServer()
        try await withTransport { transport in
            for isFresh in [false, true, false] {
                let reply = try await transport.perform(
                    Exchange(method: .get, url: server.url("/"), freshConnection: isFresh))
                #expect(reply.reusedConnection == (isFresh == false && server.requests.count > 1))
            }
        }
        #expect(server.connections == 2)
    }

    @Test(arguments: [
        "", "/relative", "ftp://127.0.0.1/", "http://127.0.0.1/a b", "http://127.0.0.1/a\r\nX: y", "http://127.0.0.1/é",
        "http://127.0.0.1/#x", "http://user@127.0.0.1/", "http://[/", "http://",
    ])
    func refusesWhatIsNoURL(url: String) async throws {
        try await withTransport { transport in
            #expect(
                await error(of: Exchange(method: .get, url: Array(url.utf8)), over: transport)?.code == .invalidRequest)
        }
    }

    @Test func refusesFieldsThatWouldBreakTheHead() async throws {
        let server = try ScriptedServer()
        try await withTransport { transport in
            for (name, value) in [("a", "b\r\nc: d"), ("a", "b\0"), ("a:b", "c"), ("", "c"), ("a b", "c"), ("a;", "")] {
                var headers = HeaderLines()
                headers.append(name: name, value: value)
                let exchange = Exchange(method: .get, url: server.url("/"), headers: headers)
                #expect(await error(of: exchange, over: transport)?.code == .invalidRequest)
            }
        }
        #expect(server.connections == 0)
    }
}
