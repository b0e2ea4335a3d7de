import API
import Foundation
import Testing

struct JSONWriterTests {
    private func string(_ bytes: [UInt8]) throws -> String? {
        var writer = JSONWriter()
        writer.string(bytes)
        return try Samples.read(writer.bytes) as? String
    }

    @Test func everyCharacterSurvives() throws {
        var text = ""
        for value in 0..<0x300 { text.unicodeScalars.append(Unicode.Scalar(UInt32(value)) ?? " ") }
        text += "\u{2028}\u{2029}\u{FFFF}😀e\u{301}"
        #expect(try string(Array(text.utf8)) == text)
        var writer = JSONWriter()
        writer.string(text)
        #expect(try Samples.read(writer.bytes) as? String == text)
    }

    @Test(
        arguments: [
            ([0xFF], "\u{FFFD}"), ([0x61, 0xE2, 0x82, 0x62], "a\u{FFFD}\u{FFFD}b"), ([0xC3], "\u{FFFD}"),
            ([0xED, 0xA0, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}"), ([0xC0, 0xAF], "\u{FFFD}\u{FFFD}"),
            ([0xF4, 0x90, 0x80, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"), ([0xC3, 0xA9], "é"),
            ([0xF0, 0x9F, 0x98, 0x80, 0x80], "😀\u{FFFD}"),
        ] as [([UInt8], String)])
    func eachBadByteIsOneReplacement(bytes: [UInt8], text: String) throws {
        #expect(try string(bytes) == text)
    }

    @Test(arguments: 0..<50)
    func anyBytesMakeJSON(seed: UInt64) throws {
        var generator = SeededGenerator(seed)
        let bytes = (0..<Int.random(in: 0..<64, using: &generator)).map { _ in
            UInt8.random(in: .min ... .max, using: &generator)
        }
        let text = try #require(try string(bytes))
        if let valid = String(validating: bytes, as: UTF8.self) { #expect(Array(text.utf8) == Array(valid.utf8)) }
    }

    @Test func commasStandBetweenValuesAlone() throws {
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("a", 1)
            writer.arrayField("b") { writer in
                writer.object { _ in }
                writer.array { _ in }
                writer.null()
                writer.boolean(true)
            }
            writer.objectField("c") { $0.field("d", Int64?.none) }
            writer.field("e", map: ["z": "1", "a\"": "2"])
            writer.field("f", strings: ["x", "y"])
        }
        #expect(
            String(decoding: writer.bytes, as: UTF8.self)
                == #"{"a":1,"b":[{},[],null,true],"c":{"d":null},"e":{"a\"":"2","z":"1"},"f":["x","y"]}"#)
    }

    @Test(arguments: [0, 7, 10, 1_234_567, Int64.max, .min, -1])
    func integersAreExact(value: Int64) throws {
        var writer = JSONWriter()
        writer.integer(value)
        #expect(String(decoding: writer.bytes, as: UTF8.self) == "\(value)")
    }

    @Test(arguments: [
        (0, "0"), (430_000, "0.43"), (1, "0.000001"), (999_999, "0.999999"), (1_000_000, "1"), (100_000, "0.1"),
    ])
    func fractionsHaveNoNeedlessZeros(millionths: Int, text: String) {
        var writer = JSONWriter()
        writer.fraction(millionths: millionths)
        #expect(String(decoding: writer.bytes, as: UTF8.self) == text)
    }

    @Test func base64AgreesWithFoundation() {
        var generator = SeededGenerator(1)
        for length in 0..<40 {
            let bytes = (0..<length).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            #expect(String(decoding: Base64.encoded(bytes), as: UTF8.self) == Data(bytes).base64EncodedString())
            #expect(Base64.urlDecoded(Base64.urlEncoded(bytes)) == bytes)
        }
        for text in ["A", "AB=", "A+AA", "AAA/", "AB"] { #expect(Base64.urlDecoded(text) == nil) }
    }
}
