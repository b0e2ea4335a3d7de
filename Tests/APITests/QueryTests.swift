import API
import Model
import Testing

struct QueryTests {
    @Test func decodesNamesAndValues() throws {
        var query = try QueryReader("label.team=video&label.odd%20name%26%3D=va+lue&state=running&file=%ff%2B")
        #expect(try query.labels() == ["team": "video", "odd name&=": "va lue"])
        #expect(try query.choice("state", of: JobState.self) == .running)
        #expect(try query.bytes("file") == [0xFF, 0x2B])
        try query.finish()
    }

    @Test func whatWasNotAskedForIsRefused() throws {
        let query = try QueryReader("x=1")
        #expect(throws: ProblemDetails.self) { try query.finish() }
        try QueryReader("").finish()
        try QueryReader("&&").finish()
    }

    @Test func valuesThatCanNotBeAreRefused() throws {
        #expect(throws: ProblemDetails.self) { try QueryReader("a=%2") }
        #expect(throws: ProblemDetails.self) { try QueryReader("a=%zz") }
        var query = try QueryReader("n=0&m=-1&e=&w=x&s=nope&d=1&d=2&u=%ff&label.=x")
        for name in ["n", "m", "e", "w", "d", "u"] {
            #expect(throws: ProblemDetails.self, "\(name)") { try query.integer(name, least: 1) }
        }
        #expect(throws: ProblemDetails.self) { try query.choice("s", of: JobState.self) }
        #expect(throws: ProblemDetails.self) { try query.labels() }
    }

    @Test func numbersBeyondAllBoundsAreTheLargest() throws {
        var query = try QueryReader("page_size=99999999999999999999999")
        #expect(try query.integer("page_size", least: 1) == .max)
    }

    @Test func targetsAreTakenApart() {
        let target = RequestTarget("/v1/jobs/a%2Fb/files?x=%20&y")
        #expect(target?.segments == ["v1", "jobs", "a/b", "files"].map { Array($0.utf8) })
        #expect(target?.query == "x=%20&y")
        #expect(RequestTarget("http://host:1/livez?a")?.segments == [Array("livez".utf8)])
        #expect(RequestTarget("/")?.segments == [[]])
        for text in ["", "*", "livez", "/%", "/%4", "http://host"] { #expect(RequestTarget(text) == nil, "\(text)") }
    }

    @Test(arguments: 0..<100)
    func pageTokensComeBackAsTheyWentForTheirQueryAlone(seed: UInt64) {
        var generator = SeededGenerator(seed)
        let cursor = (0..<Int.random(in: 1...2, using: &generator)).map { _ in
            Int64.random(in: .min ... .max, using: &generator)
        }
        let text = PageToken(cursor).text(for: "jobs running")
        #expect(PageToken(text, for: "jobs running", count: cursor.count)?.cursor == cursor)
        #expect(PageToken(text, for: "jobs failed", count: cursor.count) == nil)
        #expect(PageToken(text, for: "jobs running", count: 3 - cursor.count) == nil)
        var damaged = Array(text.utf8)
        let index = Int.random(in: 0..<damaged.count, using: &generator)
        damaged[index] = damaged[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
        #expect(PageToken(String(decoding: damaged, as: UTF8.self), for: "jobs running", count: cursor.count) == nil)
        #expect(text.utf8.allSatisfy { $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "=") })
    }

    @Test(arguments: ["nonsense", "", "%%%", String(repeating: "A", count: 1_000)])
    func otherTextsAreNoPageTokens(text: String) {
        #expect(PageToken(text, for: "jobs", count: 1) == nil)
    }
}
