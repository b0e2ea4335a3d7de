/// What a client says of an object beside its bytes; fixed when it is put, or when its multipart upload is created.
struct ObjectAttributes: Sendable, Codable, Hashable {
    /// `Content-Type`, `Cache-Control` and their like, and the encryption headers, by lower-case name.
    var headers: [HeaderValue] = []
    /// `x-amz-meta-*` without the prefix, lower-case.
    var metadata: [HeaderValue] = []
    var tags: [HeaderValue] = []
    /// Nil for STANDARD, which S3 does not show either.
    var storageClass: String?

    struct HeaderValue: Sendable, Codable, Hashable {
        var name: String
        var value: String
    }
}
