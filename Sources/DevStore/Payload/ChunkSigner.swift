import Checksums

/// Checks the chain of signatures of a signed `aws-chunked` body: each covers its chunk and the signature before.
///
/// (S3 API reference, "Signature calculations for the Authorization header: transferring payload in multiple chunks" and
/// "including trailing headers".)
struct ChunkSigner: Sendable {
    private let key: [UInt8]
    /// `20130524T000000Z\n20130524/us-east-1/s3/aws4_request\n`
    private let head: String
    private var previous: String

    /// - Parameters:
    ///   - scope: `20130524/us-east-1/s3/aws4_request`.
    ///   - seed: the signature of the request's head, in hex.
    init(secret: [UInt8], time: String, scope: String, seed: String) {
        var key = Array("AWS4".utf8) + secret
        for part in scope.split(separator: "/") { key = HMAC.sha256(key: key, Array(part.utf8)) }
        self.key = key
        head = "\(time)\n\(scope)\n"
        previous = seed
    }

    mutating func accepts(_ signature: String, chunkSHA256: [UInt8]) -> Bool {
        advance(
            signature,
            "AWS4-HMAC-SHA256-PAYLOAD\n\(head)\(previous)\n\(Self.emptyHash)\n\(Hex.encode(chunkSHA256))")
    }

    /// - Parameter lines: `name:value\n` of each trailer field but the signature itself.
    mutating func accepts(_ signature: String, trailerLines lines: [UInt8]) -> Bool {
        advance(signature, "AWS4-HMAC-SHA256-TRAILER\n\(head)\(previous)\n\(Hex.encode(SHA256.hash(lines)))")
    }

    private mutating func advance(_ signature: String, _ stringToSign: String) -> Bool {
        let expected = Hex.encode(HMAC.sha256(key: key, Array(stringToSign.utf8)))
        previous = expected
        return expected == signature
    }

    private static let emptyHash = Hex.encode(SHA256.hash([]))
}
