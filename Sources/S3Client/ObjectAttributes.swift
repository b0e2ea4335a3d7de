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
    private var shared: [Header]

    private static let metadataPrefix = "x-amz-meta-"
    private static let modificationTimeName = "x-amz-meta-mtime"
    private static let taggingName = "x-amz-tagging"
    /// What CopyObject keeps or replaces together with the metadata (S3 API reference, x-amz-metadata-directive).
    private static let contentNames: Set<String> = [
        "cache-control", "content-disposition", "content-encoding", "content-language", "expires",
    ]

    /// - Parameters:
    ///   - metadata: names without `x-amz-meta-`; they are stored in lower case, as S3 does.
    ///   - serverSideEncryption: `AES256`, `aws:kms` or `aws:kms:dsse`.
    package init(
        metadata: [String: String] = [:], tags: [String: String] = [:], contentType: String? = nil,
        cacheControl: String? = nil, storageClass: String? = nil, serverSideEncryption: String? = nil,
        kmsKeyID: String? = nil, acl: String? = nil
    ) {
        self.contentType = contentType
        var headers: [Header] = metadata.map { Header(Self.metadataPrefix + $0.key.lowercased(), $0.value) }
        func add(_ name: String, _ value: String?) {
            if let value { headers.append(Header(name, value)) }
        }
        add("cache-control", cacheControl)
        add("x-amz-acl", acl)
        add("x-amz-server-side-encryption", serverSideEncryption)
        add("x-amz-server-side-encryption-aws-kms-key-id", kmsKeyID)
        add("x-amz-storage-class", storageClass)
        add(Self.taggingName, tags.isEmpty ? nil : Self.tagging(tags))
        shared = headers.sorted { $0.name < $1.name }
    }

    package init(spec: JobSpec) {
        self.init(
            metadata: spec.metadata, tags: spec.tags, contentType: spec.contentType, cacheControl: spec.cacheControl,
            storageClass: spec.storageClass, serverSideEncryption: spec.serverSideEncryption, kmsKeyID: spec.kmsKeyID,
            acl: spec.acl)
    }

    /// Whether a CopyObject with these must replace the source's metadata and content headers: it takes them or none.
    package var replacesMetadata: Bool {
        contentType != nil || modificationTime != nil
            || shared.contains { Self.contentNames.contains($0.name) || $0.name.hasPrefix(Self.metadataPrefix) }
    }

    /// Whether tags are given: they replace the source's.
    package var replacesTags: Bool { shared.contains { $0.name == Self.taggingName } }

    /// What a copy is stored with whose metadata no store carries over: what is given here, and of all else what the
    /// source has. Given metadata replaces the source's as a whole, and so do given tags.
    ///
    /// - Parameter keepsTime: the source's `mtime` stays, also beside given metadata.
    package func inheriting(
        _ source: ObjectDescription, tags: [String: String], keepsTime: Bool
    ) -> ObjectAttributes {
        var inherited = self
        inherited.contentType = contentType ?? source.contentType
        var added = source.contentHeaders.filter { header in !shared.contains { $0.name == header.name } }
        if shared.contains(where: { $0.name.hasPrefix(Self.metadataPrefix) }) {
            if keepsTime { inherited.modificationTime = modificationTime ?? source.metadata["mtime"] }
        } else {
            added += source.metadata.map { Header(Self.metadataPrefix + $0.key, $0.value) }
        }
        if !replacesTags, !tags.isEmpty { added.append(Header(Self.taggingName, Self.tagging(tags))) }
        inherited.shared = (shared + added).sorted { $0.name < $1.name }
        return inherited
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

extension ObjectDescription {
    /// Those that the store keeps beside the content type.
    fileprivate var contentHeaders: [Header] {
        let headers = [
            ("cache-control", cacheControl), ("content-disposition", contentDisposition),
            ("content-encoding", contentEncoding), ("content-language", contentLanguage), ("expires", expires),
        ]
        return headers.compactMap { name, value in
            value.flatMap { $0.isEmpty ? nil : Header(name, $0) }
        }
    }
}
