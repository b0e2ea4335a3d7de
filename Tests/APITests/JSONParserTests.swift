import API
import Testing

struct JSONParserTests {
    private func parse(_ text: String) throws -> JSONValue { try JSONParser.parse(Array(text.utf8)) }

    @Test func readsEveryKindOfValue() throws {
        let value = try parse(#" { "a" : [ 1 , -20, 1.5, 1e2, true, false, null, "x" ], "b": {} } "#)
        #expect(
            value
                == .object([
                    .init(
                        name: "a",
                        value: .array([
                            .integer(1), .integer(-20), .number(1.5), .number(100), .boolean(true), .boolean(false),
                            .null,
                            .string("x"),
                        ])),
                    .init(name: "b", value: .object([])),
                ]))
    }

    @Test func readsEscapes() throws {
        #expect(try parse(#""\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00\u0000""#) == .string("\"\\/\u{8}\u{c}\n\r\té😀\0"))
        #expect(try parse("\"é😀\"") == .string("é😀"))
    }

    @Test func keepsIntegersExactAndMarksTheOthers() throws {
        #expect(try parse("9223372036854775807") == .integer(.max))
        #expect(try parse("-0") == .integer(0))
        #expect(try parse("1.0") == .number(1))
        guard case .number = try parse("9223372036854775808") else {
            Issue.record("beyond 64 bits is no integer")
            return
        }
    }

    @Test(arguments: [
        "", " ", "{", "[", "]", "{}}", "[1,]", "{\"a\":1,}", "{a:1}", "{'a':1}", "01", "-", "1.", ".5", "1e", "+1",
        "\"", "\"\\x\"", "\"\\u12\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"\n\"", "tru", "nul", "NaN",
        "1 2", "{\"a\" 1}", "[1 2]", "// x", "\u{feff}1",
    ])
    func refuses(_ text: String) {
        #expect(throws: JSONSyntaxError.self) { try parse(text) }
    }

    @Test func refusesWhatIsNoUTF8() {
        for bytes: [UInt8] in [
            [0xFF, 0xFE], [0x22, 0xC3, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xC0, 0x80, 0x22],
        ] {
            #expect(throws: JSONSyntaxError.self) { try JSONParser.parse(bytes) }
        }
    }

    @Test func refusesDeepNestingAndTooManyValues() throws {
        let deep = JSONParser.deepestNesting
        _ = try parse(String(repeating: "[", count: deep) + String(repeating: "]", count: deep))
        for bracket in ["[", "{\"a\":"] {
            #expect(throws: JSONSyntaxError.self) { try parse(String(repeating: bracket, count: 100_000)) }
        }
        #expect(throws: JSONSyntaxError.self) {
            try parse("[" + String(repeating: "0,", count: JSONParser.mostValues) + "0]")
        }
    }

    @Test func cutTextsNeverCrash() {
        let text = Array(#"{"a":[1,-2.5e3,"x\u00e9\ud83d\ude00"],"b":{"c":null,"d":[true,false]}}"#.utf8)
        for length in 0..<text.count {
            #expect(throws: JSONSyntaxError.self) { try JSONParser.parse(Array(text.prefix(length))) }
        }
    }

    @Test(arguments: 0..<20)
    func damagedTextsNeverCrash(seed: UInt64) {
        var generator = SeededGenerator(seed)
        var text = Array(#"{"a":[1,-2.5e3,"x\u00e9\ud83d\ude00"],"b":{"c":null,"d":[true,false]}}"#.utf8)
        for _ in 0..<200 {
            text[Int.random(in: 0..<text.count, using: &generator)] = UInt8.random(in: .min ... .max, using: &generator)
            _ = try? JSONParser.parse(text)
        }
    }
}
