import Model
import Testing

@Suite struct ObjectKeyTests {
    private func key(_ prefix: String?, _ path: [UInt8], key: String? = nil, isMarker: Bool = false) throws -> [UInt8] {
        var spec = JobSpec()
        spec.prefix = prefix
        spec.key = key
        return try spec.objectKey(forPath: path, isDirectoryMarker: isMarker)
    }

    private func code(_ prefix: String, _ path: [UInt8], isMarker: Bool = false) -> Failure.Code? {
        do {
            _ = try key(prefix, path, isMarker: isMarker)
            return nil
        } catch {
            return (error as? Failure)?.code
        }
    }

    @Test func prefixAndPathArePutTogetherByteForByte() throws {
        #expect(try key("p/", Array("a b+%/\u{E9}".utf8)) == Array("p/a b+%/\u{E9}".utf8))
        #expect(try key(nil, Array("e\u{301}".utf8)) == Array("e\u{301}".utf8))
        #expect(try key("p/", Array("d".utf8), isMarker: true) == Array("p/d/".utf8))
        #expect(try key(nil, Array("ignored".utf8), key: "exact") == Array("exact".utf8))
    }

    @Test func whatIsNoKeyIsRefused() {
        let long = [UInt8](repeating: UInt8(ascii: "a"), count: 1_022)
        #expect(code("p/", long) == nil)
        #expect(code("p/", long + [UInt8(ascii: "a")]) == .invalidKey)
        #expect(code("p/", long, isMarker: true) == .invalidKey)
        #expect(code("", []) == .invalidKey)
        for bytes: [UInt8] in [
            [0xFF], [0xC3], [0xC3, 0x28], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xC0, 0xAF],
        ] {
            #expect(code("", bytes) == .invalidKey, "\(bytes)")
        }
    }

    @Test(arguments: [("/a/b", "b"), ("/a/b/", "b"), ("b", "b"), ("/", ""), ("", "")])
    func theLastSegmentIsTheName(path: String, name: String) {
        #expect(ObjectKey.lastSegment(of: Array(path.utf8)) == Array(name.utf8))
    }

    @Test(arguments: [
        ("crc32c:yZRlqg==", true), ("sha256:a-3", true), ("crc9:x", false), ("crc32", false), ("", false),
    ])
    func aChecksumReadsWhatItWrites(text: String, isOne: Bool) {
        #expect((Checksum(text)?.description == text) == isOne)
    }
}
