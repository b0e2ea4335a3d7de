/// How the body's bytes travel, from `x-amz-content-sha256` (S3 API reference, "Signature calculations: transferring
/// payload in multiple chunks").
enum PayloadFraming: Sendable, Equatable {
    /// The body is the object.
    case plain
    /// `aws-chunked`: chunks with or without signatures, then perhaps trailer fields.
    case chunked(isSigned: Bool, hasTrailer: Bool)

    /// Nil for plain hashes and UNSIGNED-PAYLOAD.
    init?(streaming text: String) {
        switch text {
        case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD": self = .chunked(isSigned: true, hasTrailer: false)
        case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER": self = .chunked(isSigned: true, hasTrailer: true)
        case "STREAMING-UNSIGNED-PAYLOAD-TRAILER": self = .chunked(isSigned: false, hasTrailer: true)
        default: return nil
        }
    }
}
