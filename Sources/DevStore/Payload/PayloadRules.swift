import Checksums

/// What a request's headers say its body must be. Read before the body comes, checked after it.
struct PayloadRules: Sendable {
    /// Bytes of the object or part itself, without chunk framing; nil when the headers do not say.
    private(set) var sizeInBytes: Int64?
    private(set) var framing: PayloadFraming = .plain
    private(set) var contentMD5: [UInt8]?
    /// From `x-amz-content-sha256`, when it is a hash.
    private(set) var signedSHA256: [UInt8]?
    /// From an `x-amz-checksum-*` header: what the body must have.
    private(set) var checksum: (kind: ChecksumKind, value: [UInt8])?
    /// The checksum that is announced by `x-amz-trailer`.
    private(set) var trailer: ChecksumKind?

    static let checksumHeaders: [(name: String, kind: ChecksumKind)] = [
        ("x-amz-checksum-crc32c", .crc32c), ("x-amz-checksum-crc32", .crc32),
        ("x-amz-checksum-crc64nvme", .crc64nvme), ("x-amz-checksum-sha256", .sha256),
    ]

    /// No body, and nothing said of one.
    init() {}

    /// - Parameter checksumIsOfObject: an `x-amz-checksum-*` header is not of this body but of an object that is made
    ///   otherwise, as in CompleteMultipartUpload.
    /// - Throws: InvalidDigest, InvalidRequest, InvalidArgument or MissingContentLength.
    init(_ headers: RequestHeaders, checksumIsOfObject: Bool = false) throws(S3Failure) {
        try readContentSHA256(headers["x-amz-content-sha256"])
        if let text = headers["content-md5"] {
            guard let value = Base64.decode(text.utf8), value.count == 16 else {
                throw S3Failure(.invalidDigest, "The Content-MD5 you specified was invalid.")
            }
            contentMD5 = value
        }
        if !checksumIsOfObject { try readChecksum(headers) }
        try readLength(headers)
    }

    /// The checksum kind that the client chose, as a header or as a trailer.
    var chosenKind: ChecksumKind? { checksum?.kind ?? trailer }

    /// All that has to be computed to check the body.
    var kinds: ChecksumKinds {
        var kinds: ChecksumKinds = []
        if contentMD5 != nil { kinds.insert(.md5) }
        if signedSHA256 != nil { kinds.insert(.sha256) }
        if let chosenKind { kinds.insert(ChecksumKinds(chosenKind)) }
        return kinds
    }

    private mutating func readContentSHA256(_ text: String?) throws(S3Failure) {
        guard let text, text != "UNSIGNED-PAYLOAD" else { return }
        if let framing = PayloadFraming(streaming: text) {
            self.framing = framing
        } else if let value = Hex.decode(text), value.count == 32 {
            signedSHA256 = value
        } else {
            throw S3Failure(
                .invalidArgument,
                "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, "
                    + "STREAMING-UNSIGNED-PAYLOAD-TRAILER, or a valid sha256 value.")
        }
    }

    private mutating func readChecksum(_ headers: RequestHeaders) throws(S3Failure) {
        for field in headers.fields where field.name.hasPrefix("x-amz-checksum-") {
            guard field.name != "x-amz-checksum-mode", field.name != "x-amz-checksum-type",
                field.name != "x-amz-checksum-algorithm"
            else { continue }
            guard let kind = Self.checksumHeaders.first(where: { $0.name == field.name })?.kind else {
                throw S3Failure(.notImplemented, "The header \(field.name) is not implemented.")
            }
            guard checksum == nil else {
                throw S3Failure(
                    .invalidRequest,
                    "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")
            }
            guard let value = Base64.decode(field.value.utf8), value.count == kind.sizeInBytes else {
                throw S3Failure(.invalidRequest, "Value for \(field.name) header is invalid.")
            }
            checksum = (kind, value)
        }
        guard case .chunked(_, let hasTrailer) = framing else { return }
        if let name = headers["x-amz-trailer"] {
            guard hasTrailer, checksum == nil,
                let kind = Self.checksumHeaders.first(where: { $0.name == name.lowercased() })?.kind
            else {
                throw S3Failure(.invalidRequest, "The value specified in the x-amz-trailer header is not supported")
            }
            trailer = kind
        }
    }

    private mutating func readLength(_ headers: RequestHeaders) throws(S3Failure) {
        let length = headers["content-length"].flatMap { Int64($0) }
        guard case .chunked = framing else {
            sizeInBytes = length
            return
        }
        guard let decoded = headers["x-amz-decoded-content-length"].flatMap({ Int64($0) }), decoded >= 0 else {
            throw S3Failure(.missingContentLength)
        }
        sizeInBytes = decoded
    }
}
