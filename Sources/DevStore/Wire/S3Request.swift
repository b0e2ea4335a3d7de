import HTTPTypes

/// One request in S3's terms.
struct S3Request: Sendable {
    let operation: S3Operation
    let method: String
    /// The target as it came, for the signature.
    let target: String
    /// Empty for ListBuckets.
    let bucket: String
    /// Empty for operations on a bucket.
    let key: KeyBytes
    let query: QueryItems
    let headers: RequestHeaders
    let authority: String?

    /// - Throws: InvalidURI, KeyTooLongError, NotImplemented or MethodNotAllowed.
    init(_ head: HTTPRequest) throws(S3Failure) {
        let target = head.path ?? "/"
        let path = target.utf8.prefix { $0 != UInt8(ascii: "?") }
        guard path.first == UInt8(ascii: "/") else { throw S3Failure(.invalidURI) }
        query = try QueryItems(target.utf8.dropFirst(path.count + 1))
        let bucketPart = path.dropFirst().prefix { $0 != UInt8(ascii: "/") }
        guard let bucket = PercentCoding.decode(bucketPart),
            let key = PercentCoding.decode(path.dropFirst(bucketPart.count + 2))
        else { throw S3Failure(.invalidURI) }
        self.bucket = String(decoding: bucket, as: UTF8.self)
        self.key = KeyBytes(key)
        guard self.key.isValidUTF8 else { throw S3Failure(.invalidURI) }
        guard key.count <= StoreLimits.keyInBytes else {
            throw S3Failure(
                .keyTooLong,
                details: [
                    .init(name: "Size", value: "\(key.count)"),
                    .init(name: "MaxSizeAllowed", value: "\(StoreLimits.keyInBytes)"),
                ])
        }
        self.target = target
        self.method = head.method.rawValue
        self.authority = head.authority
        headers = RequestHeaders(head.headerFields)
        operation = try S3Operation(
            method: method, hasBucket: !bucket.isEmpty, hasKey: !key.isEmpty, query: query,
            isCopy: headers["x-amz-copy-source"] != nil)
    }

    /// A body comes: one of a stated length above 0, or a chunked one.
    static func hasBody(_ head: HTTPRequest) -> Bool {
        if head.headerFields[.transferEncoding] != nil { return true }
        return head.headerFields[.contentLength].map { $0 != "0" } ?? false
    }

    /// What error documents name.
    var resource: String { "/\(bucket)" + (key.bytes.isEmpty ? "" : "/\(key.text)") }
}
