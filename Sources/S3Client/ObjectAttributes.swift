package import Model
import SigV4

/// What an object is stored with: the headers of PutObject, CreateMultipartUpload and CopyObject.
///
/// The headers are made once for a job and shared by its files; per file only `contentType` and `modificationTime` differ.
package struct ObjectAttributes: Sendable, Hashable {
    /// MIME type; nil sends none.
    package var contentType: String?
    /// `x-amz-meta-mtime`'s value, seconds with decimals; nil sends none.
    package var modificationTime: String?
    /// Everything else, sorted by name.
    private let shared: [Header]

    private static let modificationTimeName = "x-amz-meta-mtime"

    /// - Parameters:
    ///   - metadata: names without `x-amz-meta-`; they are stored in lower case, as S3 does.
    ///   - serverSideEncryption: `AES256`, `aws:kms` or `aws:kms:dsse`.
    package init(
        metadata: [String: String] = [:], tags: [String: String] = [:], contentType: String? = nil,
        cacheControl: String? = nil, storageClass: String? = nil, serverSideEncryption: String? = nil,
        kmsKeyID: String? = nil, acl: String? = nil
    ) {
        self.contentType = contentType
        var headers: [Header] = metadata.map { Header("x-amz-meta-\($0.key.lowercased())", $0.value) }
        func add(_ name: String, _ value: String?) {
            if let value { headers.append(Header(name, value)) }
        }
        add("cache-control", cacheControl)
        add("x-amz-acl", acl)
        add("x-amz-server-side-encryption", serverSideEncryption)
        add("x-amz-server-side-encryption-aws-kms-key-id", kmsKeyID)
        add("x-amz-storage-class", storageClass)
        add("x-amz-tagging", tags.isEmpty ? nil : Self.tagging(tags))
        shared = headers.sorted { $0.name < $1.name }
    }

    package init(spec: JobSpec) {
        self.init(
            metadata: spec.metadata, tags: spec.tags, contentType: spec.contentType, cacheControl: spec.cacheControl,
            storageClass: spec.storageClass, serverSideEncryption: spec.serverSideEncryption, kmsKeyID: spec.kmsKeyID,
            acl: spec.acl)
    }

    /// All of them, sorted by name. Metadata that the caller set under the name `mtime` wins over `modificationTime`.
    var headers: [Header] {
        var own: [Header] = []
        if let contentType { own.append(Header("content-type", contentType)) }
        if let modificationTime, !shared.contains(where: { $0.name == Self.modificationTimeName }) {
            own.append(Header(Self.modificationTimeName, modificationTime))
        }
        return Header.merge(shared, own)
    }

    /// `name=value&name=value`, encoded like a query (S3 API reference, PutObject, x-amz-tagging).
    private static func tagging(_ tags: [String: String]) -> String {
        String(decoding: CanonicalQuery(tags.map { (name: $0.key, value: $0.value) }).bytes, as: UTF8.self)
    }
}
