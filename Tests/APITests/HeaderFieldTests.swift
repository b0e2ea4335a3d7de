import API
import Model
import Testing

struct HeaderFieldTests {
    @Test(
        arguments: [
            (nil, MediaType.json), ("*/*", .json), ("text/plain", .text), ("text/html", .json), ("TEXT/PLAIN", .text),
            ("text/*", .text), ("text/plain;q=0.5, application/json", .json),
            ("text/plain, application/json;q=0.9", .text),
            ("application/json;q=0, */*", .text), ("text/plain;q=0", .json), ("", .json), ("nonsense", .json),
            ("text/plain; charset=utf-8", .text), ("*/*;q=0.1, text/plain;q=0.2", .text), ("text/plain;q=x", .json),
        ] as [(String?, MediaType)])
    func acceptChoosesByQualityThenByOurOrder(field: String?, chosen: MediaType) {
        #expect(Accept.choose(field, from: [.json, .text]) == chosen)
    }

    @Test(arguments: [
        ("W/\"7\"", true), ("\"7\"", true), ("*", true), (" * ", true), ("\"1\", W/\"7\"", true), ("W/\"8\"", false),
        ("7", false), ("", false), ("\"1,7\"", false), ("W/\"77\"", false), ("\"a\\\"\", \"7\"", true),
    ])
    func entityTagsMatchWeakly(field: String, matches: Bool) {
        #expect(EntityTag(Revision(7)).isNamed(by: field) == matches)
        #expect(EntityTag(Revision(7)).fieldValue == "W/\"7\"")
    }

    @Test(
        arguments: [
            ("wait=10", 10), ("respond-async, wait=1", 1), ("WAIT=5", 5), ("wait=100000", 60), ("wait=0", 0),
            ("wait=\"7\"", 7), ("wait = 3; x=y, other", 3), ("wait=99999999999999999999", 60), ("wait", nil),
            ("wait=x", nil),
            ("wait=-1", nil), ("return=minimal", nil), (nil, nil),
        ] as [(String?, Int64?)])
    func preferTellsHowLongToWait(field: String?, seconds: Int64?) {
        #expect(Preference.waitInSeconds(field) == seconds)
    }

    @Test func idempotencyKeysAreTheSameQuotedOrBare() throws {
        #expect(try IdempotencyKey.read("\"nightly-1\"") == "nightly-1")
        #expect(try IdempotencyKey.read("nightly-1") == "nightly-1")
        #expect(try IdempotencyKey.read(" \"a\\\"b\\\\c\" ") == "a\"b\\c")
        #expect(try IdempotencyKey.read(nil) == nil)
        #expect(try IdempotencyKey.read(String(repeating: "x", count: 255))?.count == 255)
        #expect(try IdempotencyKey.read("\"" + String(repeating: "x", count: 255) + "\"")?.count == 255)
    }

    @Test(arguments: ["", "\"\"", "\"open", "\"a\"b", "\t", String(repeating: "x", count: 256)])
    func refusesAsIdempotencyKey(field: String) {
        #expect(throws: ProblemDetails.self) { try IdempotencyKey.read(field) }
    }

    @Test func tokensAreComparedByTheirDigest() {
        // The reversed token stands for its digest.
        let tokens = Samples.tokens("secret", "other")
        #expect(tokens.caller("Bearer secret") != nil && tokens.caller("bearer  other") != nil)
        for field in [nil, "", "secret", "Basic secret", "Bearer", "Bearer ", "Bearer secre", "Bearer secretx"] {
            #expect(tokens.caller(field) == nil, "\(field ?? "none")")
        }
        #expect(AccessTokens.none.caller(nil) == .anybody)
    }

    @Test(arguments: [
        ("application/json", true), ("APPLICATION/JSON; charset=utf-8", true), ("application/merge-patch+json", true),
        ("text/json", false), ("application/x-www-form-urlencoded", false), ("application/xml", false),
    ])
    func jsonIsToldByItsMediaType(field: String, isJSON: Bool) {
        #expect(MediaType(field)?.isJSON == isJSON)
    }
}
