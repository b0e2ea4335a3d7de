/// What a caller asks for, defaults filled in: validated when it is accepted, immutable then but for what PATCH changes.
package struct JobSpec: Sendable, Hashable, Codable {
    package enum Kind: String, Sendable, Codable, CaseIterable { case upload, download, copy }
    package enum Overwrite: String, Sendable, Codable, CaseIterable {
        case always
        case ifChanged = "if_changed"
        case never
    }
    package enum Symlinks: String, Sendable, Codable, CaseIterable { case skip, follow }
    package enum EmptyDirectories: String, Sendable, Codable, CaseIterable { case skip, marker }
    package enum ChecksumChoice: String, Sendable, Codable, CaseIterable { case auto, crc32c, crc32, sha256, none }
    package enum OnError: String, Sendable, Codable, CaseIterable {
        case `continue`
        case stop
    }
    package struct Webhook: Sendable, Hashable, Codable {
        package var url: String
        package var events: [String]

        package init(url: String, events: [String]) {
            self.url = url
            self.events = events
        }
    }

    package var kind = Kind.upload
    package var source: String?
    package var destination: String?
    package var sourceBucket: String?
    package var sourcePrefix: String?
    package var sourceKey: String?
    package var sourceStore: StoreName?
    package var bucket = ""
    /// Empty, or ending with exactly one `/`; nil when `key` is given.
    package var prefix: String? = ""
    package var key: String?
    package var paths: [String]?
    package var store = StoreName.default
    /// Most S3 requests of this job in flight: 1 to 1,024.
    package var concurrency = 16
    /// 1 to 9: the weight of the job's share while the global cap binds.
    package var priority = 5
    package var include: [String] = []
    package var exclude: [String] = []
    package var overwrite = Overwrite.always
    package var symlinks = Symlinks.skip
    package var emptyDirectories = EmptyDirectories.skip
    package var preserveTimes = true
    /// In bytes: 5 MiB to 5 GiB.
    package var partSize: Int64 = 8 << 20
    /// In bytes: from this size on a file is a multipart upload.
    package var multipartThreshold: Int64 = 16 << 20
    package var checksum = ChecksumChoice.auto
    package var metadata: [String: String] = [:]
    package var tags: [String: String] = [:]
    package var contentType: String?
    package var cacheControl: String?
    package var storageClass: String?
    package var serverSideEncryption: String?
    package var kmsKeyID: String?
    package var acl: String?
    package var onError = OnError.continue
    /// Bytes per second; nil: no limit.
    package var bandwidthLimit: Int64?
    package var labels: [String: String] = [:]
    package var webhook: Webhook?

    package init() {}

    /// The names of API.md, which are also the stored ones.
    package enum CodingKeys: String, CodingKey, CaseIterable {
        case kind, source, destination
        case sourceBucket = "source_bucket"
        case sourcePrefix = "source_prefix"
        case sourceKey = "source_key"
        case sourceStore = "source_store"
        case bucket, prefix, key, paths, store, concurrency, priority, include, exclude, overwrite, symlinks
        case emptyDirectories = "empty_directories"
        case preserveTimes = "preserve_times"
        case partSize = "part_size"
        case multipartThreshold = "multipart_threshold"
        case checksum, metadata, tags
        case contentType = "content_type"
        case cacheControl = "cache_control"
        case storageClass = "storage_class"
        case serverSideEncryption = "server_side_encryption"
        case kmsKeyID = "kms_key_id"
        case acl
        case onError = "on_error"
        case bandwidthLimit = "bandwidth_limit"
        case labels, webhook
    }

    /// `text` as a folder: empty, or ending with exactly one `/`. A prefix of slashes alone stays one slash.
    ///
    ///     "a" -> "a/"    "a//" -> "a/"    "/" -> "/"    "" -> ""
    package static func folder(_ text: String) -> String {
        guard !text.isEmpty else { return "" }
        var bytes = text.utf8[...]
        while bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self) + "/"
    }
}

/// What a running job's PATCH may change; nil leaves a field as it is.
package struct JobPatch: Sendable, Hashable {
    package var concurrency: Int?
    package var priority: Int?
    /// `.some(nil)` takes the limit away.
    package var bandwidthLimit: Int64??
    package var labels: [String: String]?

    package init() {}

    /// Whether anything but labels is to change: only labels may once the job has ended.
    package var changesTransfer: Bool { concurrency != nil || priority != nil || bandwidthLimit != nil }

    package func applied(to spec: JobSpec) -> JobSpec {
        var spec = spec
        if let concurrency { spec.concurrency = concurrency }
        if let priority { spec.priority = priority }
        if let bandwidthLimit { spec.bandwidthLimit = bandwidthLimit }
        if let labels { spec.labels = labels }
        return spec
    }
}
