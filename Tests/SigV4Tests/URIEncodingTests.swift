import SigV4
import Testing

@Suite struct URIEncodingTests {
    @Test(arguments: [
        ("a/b c+d%e", "a/b%20c%2Bd%25e"), ("~-._AZaz09", "~-._AZaz09"), ("é", "%C3%A9"), ("e\u{301}", "e%CC%81"),
        ("a#b?c&d=e", "a%23b%3Fc%26d%3De"), ("line\nfeed", "line%0Afeed"), ("🦆", "%F0%9F%A6%86"),
        ("//a/../b/", "//a/../b/"), ("%41", "%2541"), ("", ""),
    ])
    func keysKeepTheirSlashesAndNothingIsEncodedTwice(key: String, encoded: String) {
        #expect(String(decoding: URIEncoding.path(Array(key.utf8)), as: UTF8.self) == encoded)
    }

    @Test func queriesEncodeSlashes() {
        #expect(String(decoding: URIEncoding.queryComponent(Array("a/b=c".utf8)), as: UTF8.self) == "a%2Fb%3Dc")
    }

    @Test func everyByteComesBack() {
        let bytes = [UInt8](0...255)
        #expect(URIEncoding.decode(URIEncoding.path(bytes)) == bytes)
        #expect(URIEncoding.decode(URIEncoding.queryComponent(bytes)) == bytes)
    }

    @Test func decodingLeavesBrokenEscapesAlone() {
        #expect(URIEncoding.decode(Array("100%&%zz%4".utf8)) == Array("100%&%zz%4".utf8))
        #expect(URIEncoding.decode(Array("a+b%2b".utf8)) == Array("a+b+".utf8))
        #expect(URIEncoding.decode(Array("a+b".utf8), plusIsSpace: true) == Array("a b".utf8))
    }

    @Test func queriesAreSortedByEncodedNameAndThenValue() {
        let query = CanonicalQuery([
            (name: "b", value: "2"), (name: "a b", value: ""), (name: "b", value: "1"), (name: "B", value: "/"),
        ])
        #expect(String(decoding: query.bytes, as: UTF8.self) == "B=%2F&a%20b=&b=1&b=2")
    }
}
