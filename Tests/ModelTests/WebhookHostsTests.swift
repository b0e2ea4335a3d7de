import Model
import Testing

struct WebhookHostsTests {
    private func hosts(_ texts: String...) throws -> WebhookHosts {
        var fault: String?
        let hosts = WebhookHosts(texts, fault: &fault)
        return try #require(hosts, "\(fault ?? "")")
    }

    @Test(arguments: [
        ("a.example", "https://a.example/x?y=1"), ("a.example", "https://A.Example"),
        ("a.example", "https://a.example:443/"),
        ("A.example", "https://a.example/"), ("https://a.example", "https://a.example/"),
        ("a.example:8443", "https://a.example:8443/"), ("*.example", "https://a.example/"),
        ("*.example", "https://b.a.example/"), ("http://a.example", "http://a.example/"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/x"), ("[::1]:8443", "https://[::1]:8443/"),
    ])
    func whatAnEntryNamesIsAdmitted(entry: String, url: String) throws {
        #expect(try hosts("other.example", entry).fault(of: url) == nil)
    }

    @Test(arguments: [
        ("a.example", "http://a.example/"), ("a.example", "https://a.example:8443/"),
        ("a.example", "https://b.a.example/"),
        ("a.example", "https://a.example.evil.org/"), ("a.example", "https://evil.org/a.example"),
        ("*.example", "https://example/"), ("*.a.example", "https://ba.example/"),
        ("*.a.example", "https://xa.example/"),
        ("http://a.example", "https://a.example/"), ("a.example", "https://a.example@evil.org/"),
        ("a.example", "https://evil.org\\@a.example/"), ("a.example", "https://evil.org\\.a.example/"),
        ("a.example", "https://evil.org#a.example"), ("a.example", "https://evil.org/#@a.example"),
        ("a.example", "https://a.example./"), ("a.example", "https:/a.example/"), ("a.example", "https:a.example"),
        ("a.example", "//a.example/"), ("a.example", "HTTPS://a.example/"), ("a.example", "ftp://a.example/"),
        ("a.example", "https://"), ("a.example", "https://:443/"), ("a.example", "https://a.example:/"),
        ("a.example", "https://a.example:0/"), ("a.example", "https://a.example:65979/"),
        ("a.example", "https://a.example:443:443/"), ("a.example", "https://a..example/"),
        ("a.example", "https://a.example /"), ("a.example", "https://a.example/\r\nX: y"),
        ("a.example", "https://a%2eexample/"), ("a.example", "https://\u{ff41}.example/"), ("[::1]", "https://[::1"),
        ("[::1]", "https://[::1%25lo]/"), ("*.example", "https://evil.org?.example"),
    ])
    func nothingElseIs(entry: String, url: String) throws {
        #expect(try hosts(entry).fault(of: url) != nil, "\(url)")
    }

    @Test(arguments: [
        "", "a b", "a/b", "ftp://a", "a:0", "a:x", "*", "*a.example", "a.*", "http://", "user@a", "a.example.",
    ])
    func whatIsNoEntryIsNamed(text: String) {
        var fault: String?
        let hosts = WebhookHosts(["a.example", text], fault: &fault)
        #expect(hosts == nil && fault == text)
    }

    @Test func aLongURLIsRefused() throws {
        let hosts = try hosts("a.example")
        let start = "https://a.example/"
        #expect(hosts.fault(of: start + String(repeating: "x", count: WebhookURL.longest - start.count)) == nil)
        #expect(hosts.fault(of: start + String(repeating: "x", count: WebhookURL.longest - start.count + 1)) != nil)
    }
}
