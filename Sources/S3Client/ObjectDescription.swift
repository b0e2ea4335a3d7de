import CurlTransport
package import Model

/// What the headers of HeadObject and GetObject say of an object.
package struct ObjectDescription: Sendable, Hashable {
    /// Of the whole object.
    package var sizeInBytes: Int64
    package var etag: ETag
    /// Whether the object is encrypted in a way that makes its ETag no MD5.
    package var isETagOpaque: Bool
    package var lastModified: Timestamp?
    package var contentType: String?
    package var cacheControl: String?
    package var contentDisposition: String?
    package var contentEncoding: String?
    package var contentLanguage: String?
    /// As the store has it: it need not be a date.
    package var expires: String?
    package var storageClass: String?
    package var versionID: String?
    /// Of the whole object.
    package var checksum: Checksum?
    /// Whether `checksum` is one over the parts' checksums.
    package var isChecksumComposite: Bool
    /// Names without `x-amz-meta-`, in lower case.
    package var metadata: [String: String]
    /// How many tags the object has; stores that keep tags say so unless there are none.
    package var tagCount: Int

    /// Whether the ETag is no MD5 whatever it looks like: of objects that are encrypted by KMS or by the caller's key, and
    /// of directory buckets (AWS API reference, "Object").
    package var hasOpaqueETag: Bool

    init(_ reply: Reply, operation: S3Operation) throws(S3Error) {
        do {
            self = try ObjectDescription(reply.headers)
        } catch {
            throw ReplyClassifier.malformed(reply, operation: operation, "the reply lacks its ETag or length")
        }
    }

    /// The headers lack what every object has.
    struct Incomplete: Error {}

    init(_ headers: ReplyHeaders) throws(Incomplete) {
        let total = headers["content-range"].flatMap { $0.split(separator: "/").last.flatMap { Int64($0) } }
        guard let etag = headers.etag, let size = total ?? headers["content-length"].flatMap({ Int64($0) }) else {
            throw Incomplete()
        }
        sizeInBytes = size
        self.etag = etag
        isETagOpaque = headers.saysETagIsOpaque
        lastModified = headers["last-modified"].flatMap { Timestamp(httpDate: $0) }
        contentType = headers["content-type"]
        cacheControl = headers["cache-control"]
        contentDisposition = headers["content-disposition"]
        contentEncoding = headers["content-encoding"]
        contentLanguage = headers["content-language"]
        expires = headers["expires"]
        storageClass = headers["x-amz-storage-class"]
        versionID = headers["x-amz-version-id"]
        checksum = headers.checksum
        isChecksumComposite =
            headers["x-amz-checksum-type"] == "COMPOSITE" || checksum?.base64.contains("-") == true
        hasOpaqueETag =
            headers["x-amz-server-side-encryption"]?.hasPrefix("aws:kms") == true
            || headers["x-amz-server-side-encryption-customer-algorithm"] != nil || storageClass == "EXPRESS_ONEZONE"
        tagCount = headers["x-amz-tagging-count"].flatMap { Int($0) } ?? 0
        metadata = [:]
        for (name, value) in headers.fields {
            let lowercase = name.lowercased()
            if lowercase.hasPrefix("x-amz-meta-") {
                metadata[String(lowercase.dropFirst("x-amz-meta-".count))] = value
            }
        }
    }
}
