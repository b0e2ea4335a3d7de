/// `x-amz-copy-source`: `bucket/key` or `/bucket/key`, percent-encoded as a path.
struct CopySource: Sendable {
    let bucket: String
    let key: KeyBytes

    init(_ header: String?) throws(S3Failure) {
        guard let header, !header.contains("?versionId=") else { throw S3Failure(.notImplemented) }
        let path = header.utf8.first == UInt8(ascii: "/") ? header.utf8.dropFirst() : header.utf8[...]
        guard let decoded = PercentCoding.decode(path), let slash = decoded.firstIndex(of: UInt8(ascii: "/")),
            slash > 0, slash < decoded.count - 1
        else {
            throw S3Failure(
                .invalidArgument, "Copy Source must mention the source bucket and key: sourcebucket/sourcekey")
        }
        bucket = String(decoding: decoded[..<slash], as: UTF8.self)
        key = KeyBytes(Array(decoded[(slash + 1)...]))
    }
}
