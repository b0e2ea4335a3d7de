import Checksums
import Testing

@Suite struct Base64Tests {
    /// RFC 4648, section 10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func encodesAndDecodesTheExamples(plain: String, encoded: String) {
        #expect(Base64.encode([UInt8](plain.utf8)) == encoded)
        #expect(Base64.decode(encoded.utf8) == [UInt8](plain.utf8))
    }

    @Test(arguments: ["Zg", "Zg=", "Zg===", "Z", "Zh==", "Zm9=", "Zm 9", "=Zg=", "Zg==Zg=="])
    func refusesWhatNoEncoderWrites(text: String) {
        #expect(Base64.decode(text.utf8) == nil)
    }

    @Test func everyByteSurvives() {
        let bytes = [UInt8](0...255)
        #expect(Base64.decode(Base64.encode(bytes).utf8) == bytes)
    }
}
