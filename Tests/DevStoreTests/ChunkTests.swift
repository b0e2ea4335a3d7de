import Checksums
import HTTPTypes
import Testing

@testable import DevStore

/// `aws-chunked` bodies: framing, signatures, trailers.
@Suite struct ChunkTests {
    /// The example of the S3 API reference, "Signature calculations: transferring payload in multiple chunks".
    private static let signer = ChunkSigner(
        secret: Array("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".utf8), time: "20130524T000000Z",
        scope: "20130524/us-east-1/s3/aws4_request",
        seed: "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9")
    private static let signatures = [
        "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
        "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
        "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
    ]

    private static func signedBody(_ signatures: [String]) -> [UInt8] {
        zip([65536, 1024, 0], signatures).flatMap { size, signature in
            Array("\(String(size, radix: 16));chunk-signature=\(signature)\r\n".utf8)
                + [UInt8](repeating: UInt8(ascii: "a"), count: size) + Array("\r\n".utf8)
        }
    }

    private static func read(
        _ body: [UInt8], pieces: [Int], rules: PayloadRules, signer: ChunkSigner?
    ) throws -> Payload {
        var reader = PayloadReader(
            rules: rules, kinds: [], target: .memory(limitInBytes: 1 << 20), signer: signer)
        var start = 0
        for count in pieces + [body.count] {
            let end = min(body.count, start + count)
            try unsafe Array(body[start..<end]).withUnsafeBytes { try unsafe reader.receive($0) }
            start = end
        }
        return try reader.finish()
    }

    private static func rules(_ fields: [(String, String)]) throws -> PayloadRules {
        var headers = RequestHeaders([:])
        for (name, value) in fields { headers.append(name, value) }
        return try PayloadRules(headers)
    }

    private static func signedRules() throws -> PayloadRules {
        try rules([
            ("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"), ("x-amz-decoded-content-length", "66560"),
        ])
    }

    @Test func acceptsThePublishedExample() throws {
        let payload = try Self.read(
            Self.signedBody(Self.signatures), pieces: [1000, 64000, 3], rules: Self.signedRules(), signer: Self.signer)
        #expect(payload.bytes == [UInt8](repeating: UInt8(ascii: "a"), count: 66560))
    }

    @Test(arguments: 0..<3)
    func refusesAWrongChunkSignature(index: Int) throws {
        var wrong = Self.signatures
        wrong[index] = String(wrong[index].reversed())
        let failure = #expect(throws: S3Failure.self) {
            try Self.read(Self.signedBody(wrong), pieces: [], rules: Self.signedRules(), signer: Self.signer)
        }
        #expect(failure?.code == "SignatureDoesNotMatch")
    }

    private static let trailed = Array(
        "5\r\nhello\r\n1;a=b\r\n!\r\n0\r\nx-amz-checksum-crc32c:\(Base64.encode(crc32c("hello!")))\r\n\r\n".utf8)

    private static func crc32c(_ text: String) -> [UInt8] {
        var sum = CRC32C()
        sum.update(Array(text.utf8))
        return sum.finalize()
    }

    private static func trailerRules(size: Int = 6) throws -> PayloadRules {
        try rules([
            ("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"), ("x-amz-trailer", "x-amz-checksum-crc32c"),
            ("x-amz-decoded-content-length", "\(size)"),
        ])
    }

    @Test func readsTheSameWhereverThePiecesAreCut() throws {
        for first in 0...Self.trailed.count {
            let payload = try Self.read(Self.trailed, pieces: [first, 1], rules: Self.trailerRules(), signer: nil)
            #expect(payload.bytes == Array("hello!".utf8), "cut at \(first)")
            #expect(payload.verified?.kind == .crc32c)
        }
    }

    @Test func refusesABodyThatEndsAnywhereEarly() throws {
        for end in 0..<Self.trailed.count {
            let failure = #expect(throws: S3Failure.self) {
                try Self.read(
                    Array(Self.trailed[..<end]), pieces: [], rules: Self.trailerRules(), signer: nil)
            }
            #expect(failure?.code == "IncompleteBody", "cut at \(end)")
        }
    }

    @Test(arguments: [
        ("5\r\nhello!\r\n0\r\n\r\n", "IncompleteBody"), ("x\r\nhello\r\n0\r\n\r\n", "IncompleteBody"),
        ("-5\r\nhello\r\n", "IncompleteBody"), ("5\r\nhello\r\n0\r\nno colon\r\n\r\n", "MalformedTrailerError"),
        ("6\r\nhello!\r\n0\r\n\r\n", "MalformedTrailerError"),
        ("6\r\nhello!\r\n0\r\nx-amz-checksum-crc32c:AAAAAA==\r\n\r\n", "BadDigest"),
        ("7\r\nhello!!\r\n0\r\nx-amz-checksum-crc32c:AAAAAA==\r\n\r\n", "IncompleteBody"),
        ("6\r\nhello!\r\n0\r\n\r\nmore", "IncompleteBody"),
    ])
    func refusesBrokenBodies(body: String, code: String) throws {
        let failure = #expect(throws: S3Failure.self) {
            try Self.read(Array(body.utf8), pieces: [], rules: Self.trailerRules(), signer: nil)
        }
        #expect(failure?.code == code)
    }
}
