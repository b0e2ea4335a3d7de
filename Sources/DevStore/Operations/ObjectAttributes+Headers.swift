import HTTPTypes

/// Between a request's headers and what is kept of them.
extension ObjectAttributes {
    private static let contentHeaders = [
        "cache-control", "content-disposition", "content-encoding", "content-language", "content-type", "expires",
        "x-amz-website-redirect-location",
    ]
    private static let encryptionHeaders = [
        "x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id",
        "x-amz-server-side-encryption-bucket-key-enabled", "x-amz-server-side-encryption-customer-algorithm",
        "x-amz-server-side-encryption-customer-key-md5",
    ]
    private static let storageClasses: Set<String> = [
        "STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER", "GLACIER_IR",
        "DEEP_ARCHIVE", "EXPRESS_ONEZONE", "OUTPOSTS", "SNOW",
    ]

    /// - Throws: MetadataTooLarge, InvalidTag, InvalidArgument or InvalidStorageClass.
    init(_ request: RequestHeaders) throws(S3Failure) {
        for (name, value) in request.fields {
            if name.hasPrefix("x-amz-meta-") {
                metadata.append(HeaderValue(name: String(name.dropFirst(11)), value: value))
            } else if Self.contentHeaders.contains(name) {
                add(name, value)
            } else if Self.encryptionHeaders.contains(name) {
                headers.append(HeaderValue(name: name, value: value))
            }
        }
        let size = metadata.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
        guard size <= StoreLimits.metadataInBytes else { throw S3Failure(.metadataTooLarge) }
        if let text = request["x-amz-tagging"] { tags = try Self.tags(header: text) }
        if let name = request["x-amz-storage-class"] {
            guard Self.storageClasses.contains(name) else {
                throw S3Failure(
                    code: "InvalidStorageClass", status: 400, message: "The storage class you specified is not valid")
            }
            storageClass = name == "STANDARD" ? nil : name
        }
    }

    /// `aws-chunked` is how the body travelled, not what the object is.
    private mutating func add(_ name: String, _ value: String) {
        guard name == "content-encoding" else {
            headers.append(HeaderValue(name: name, value: value))
            return
        }
        let codings = value.split(separator: ",").map { $0.drop { $0 == " " } }.filter { $0 != "aws-chunked" }
        if !codings.isEmpty { headers.append(HeaderValue(name: name, value: codings.joined(separator: ","))) }
    }

    /// The form of a query: `a=b&c=d`, percent-encoded.
    static func tags(header text: String) throws(S3Failure) -> [HeaderValue] {
        var tags: [HeaderValue] = []
        for item in text.utf8.split(separator: UInt8(ascii: "&")) {
            let halves = item.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            // Here, other than in targets, a plus is a space: the header is form-encoded.
            let plain = halves.map { $0.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: " ") : $0 } }
            guard let name = PercentCoding.decode(plain[0]),
                let value = PercentCoding.decode(plain.count > 1 ? plain[1] : [])
            else {
                throw S3Failure(
                    .invalidArgument, "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded")
            }
            tags.append(
                HeaderValue(name: String(decoding: name, as: UTF8.self), value: String(decoding: value, as: UTF8.self)))
        }
        return try checked(tags)
    }

    static func checked(_ tags: [HeaderValue]) throws(S3Failure) -> [HeaderValue] {
        guard tags.count <= StoreLimits.tags else {
            throw S3Failure(code: "BadRequest", status: 400, message: "Object tags cannot be greater than 10")
        }
        for tag in tags where tag.name.isEmpty || tag.name.count > 128 || tag.value.count > 256 {
            throw S3Failure(.invalidTag, "The TagKey or TagValue you have provided is invalid")
        }
        guard Set(tags.map(\.name)).count == tags.count else {
            throw S3Failure(.invalidTag, "Cannot provide multiple Tags with the same key")
        }
        return tags
    }

    /// The encryption that answers to writes echo.
    func echoEncryption(in answer: inout StoreAnswer) {
        for header in headers where header.name.hasPrefix("x-amz-server-side") { answer.set(header.name, header.value) }
    }

    /// What answers to reads show; a query may override the content headers.
    func show(in answer: inout StoreAnswer, overrides: QueryItems) {
        answer.fields[.contentType] = "binary/octet-stream"
        for header in headers { answer.set(header.name, header.value) }
        for item in metadata { answer.set("x-amz-meta-\(item.name)", item.value) }
        answer.set("x-amz-storage-class", storageClass)
        if !tags.isEmpty { answer.set("x-amz-tagging-count", "\(tags.count)") }
        for name in Self.contentHeaders { answer.set(name, overrides["response-\(name)"]) }
    }
}
