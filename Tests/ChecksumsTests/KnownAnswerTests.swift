import Checksums
import Testing

/// Published check values: the RFCs', FIPS 180-4's examples, and the CRC catalogue's value of "123456789".
@Suite struct KnownAnswerTests {
    @Test(arguments: [
        ("", [UInt8]()), ("123456789", [0xE3, 0x06, 0x92, 0x83]),
    ])
    func crc32cOfText(text: String, expected: [UInt8]) {
        var crc = CRC32C()
        crc.update([UInt8](text.utf8))
        #expect(crc.finalize() == (expected.isEmpty ? [0, 0, 0, 0] : expected))
    }

    /// RFC 3720, appendix B.4 (which prints the bytes in the reverse order).
    @Test func crc32cOfTheISCSIExamples() {
        #expect(crc32c([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(crc32c([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
        #expect(crc32c([UInt8](0..<32)) == 0x46DD_794E)
        #expect(crc32c([UInt8]((0..<32).reversed())) == 0x113F_DB5C)
    }

    @Test func crc32OfText() {
        var crc = CRC32()
        #expect(crc.value == 0)
        crc.update([UInt8]("123456789".utf8))
        #expect(crc.value == 0xCBF4_3926)
        #expect(crc.finalize() == [0xCB, 0xF4, 0x39, 0x26])
    }

    @Test func crc64NVMEOfText() {
        var crc = CRC64NVME()
        #expect(crc.value == 0)
        crc.update([UInt8]("123456789".utf8))
        #expect(crc.value == 0xAE8B_1486_0A79_9888)
    }

    /// The examples of the NVM command set specification: 4 KiB of zeros, of ones, counting up.
    @Test func crc64NVMEOfBlocks() {
        #expect(crc64([UInt8](repeating: 0, count: 4096)) == 0x6482_D367_EB22_B64E)
        #expect(crc64([UInt8](repeating: 0xFF, count: 4096)) == 0xC0DD_BA73_02EC_A3AC)
        #expect(crc64((0..<4096).map { UInt8($0 & 0xFF) }) == 0x3E72_9F5F_6750_449C)
    }

    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func sha256OfText(text: String, expected: String) {
        #expect(hex(SHA256.hash([UInt8](text.utf8))) == expected)
    }

    @Test(arguments: [
        ("", "d41d8cd98f00b204e9800998ecf8427e"),
        ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
    ])
    func md5OfText(text: String, expected: String) {
        #expect(hex(MD5.hash([UInt8](text.utf8))) == expected)
    }

    @Test func aDigestStartsAfreshAfterReset() {
        var digest = SHA256()
        digest.update([1, 2, 3])
        _ = digest.finalize()
        digest.reset()
        digest.update([UInt8]("abc".utf8))
        #expect(digest.finalize() == SHA256.hash([UInt8]("abc".utf8)))
    }

    private func crc32c(_ bytes: [UInt8]) -> UInt32 {
        var crc = CRC32C()
        crc.update(bytes)
        return crc.value
    }

    private func crc64(_ bytes: [UInt8]) -> UInt64 {
        var crc = CRC64NVME()
        crc.update(bytes)
        return crc.value
    }

    private func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
