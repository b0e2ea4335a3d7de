/// One thing that is wrong with a request, and where: `pointer` is a JSON pointer (RFC 6901).
package struct SpecFault: Sendable, Hashable {
    package var pointer: String
    package var detail: String

    package init(_ pointer: String, _ detail: String) {
        self.pointer = pointer
        self.detail = detail
    }
}

extension JobSpec {
    /// Every fault that the values themselves show, in the order of the fields. Roots, stores and the source's existence
    /// are the API's and the scheduler's to check. `given`: the fields that the request named.
    package func faults(given: Set<CodingKeys>) -> [SpecFault] {
        var faults = fieldsOfAnotherKind(given: given)
        faults += placeFaults(given: given)
        faults += rangeFaults()
        faults += objectFaults()
        faults += webhookFaults()
        return faults
    }

    private func fieldsOfAnotherKind(given: Set<CodingKeys>) -> [SpecFault] {
        let foreign: [CodingKeys] =
            switch kind {
            case .upload: [.destination, .sourceBucket, .sourcePrefix, .sourceKey, .sourceStore]
            case .download:
                [
                    .source, .sourceBucket, .sourcePrefix, .sourceKey, .sourceStore, .paths, .symlinks,
                    .emptyDirectories, .metadata, .tags, .contentType, .cacheControl, .storageClass,
                    .serverSideEncryption, .kmsKeyID, .acl,
                ]
            case .copy: [.source, .destination, .paths, .symlinks, .emptyDirectories, .checksum]
            }
        return foreign.filter(given.contains).map {
            SpecFault("/\($0.rawValue)", "is not a field of kind \(kind.rawValue)")
        }
    }

    private func placeFaults(given: Set<CodingKeys>) -> [SpecFault] {
        var faults: [SpecFault] = []
        switch kind {
        case .upload: faults += Self.absolutePathFaults(source, at: "/source")
        case .download: faults += Self.absolutePathFaults(destination, at: "/destination")
        case .copy:
            faults += Self.bucketFaults(sourceBucket ?? "", at: "/source_bucket")
            if sourcePrefix != nil, sourceKey != nil {
                faults.append(SpecFault("/source_key", "can't stand beside source_prefix"))
            }
            if sourceKey?.isEmpty == true { faults.append(SpecFault("/source_key", "must not be empty")) }
            if key != nil, sourceKey == nil { faults.append(SpecFault("/key", "is allowed only with source_key")) }
        }
        faults += Self.bucketFaults(bucket, at: "/bucket")
        if given.contains(.key), given.contains(.prefix) {
            faults.append(SpecFault("/key", "can't stand beside prefix"))
        }
        if let key {
            if key.isEmpty { faults.append(SpecFault("/key", "must not be empty")) }
            if key.utf8.count > ObjectKey.longest { faults.append(SpecFault("/key", "is longer than 1,024 bytes")) }
            if paths != nil { faults.append(SpecFault("/key", "can't stand beside paths")) }
        }
        if let prefix, prefix.utf8.count > ObjectKey.longest {
            faults.append(SpecFault("/prefix", "is longer than 1,024 bytes"))
        }
        if let paths, paths.count > 100_000 { faults.append(SpecFault("/paths", "has more than 100,000 entries")) }
        for (index, path) in (paths ?? []).enumerated() where path.isEmpty {
            faults.append(SpecFault("/paths/\(index)", "must not be empty"))
        }
        return faults
    }

    private func rangeFaults() -> [SpecFault] {
        var faults: [SpecFault] = []
        if !Self.concurrencies.contains(concurrency) {
            faults.append(SpecFault("/concurrency", "must be from 1 to 1,024"))
        }
        if !Self.priorities.contains(priority) { faults.append(SpecFault("/priority", "must be from 1 to 9")) }
        if partSize < PartPlan.smallestPart || partSize > PartPlan.largestPart {
            faults.append(SpecFault("/part_size", "must be from 5 MiB (5242880) to 5 GiB (5368709120)"))
        }
        if multipartThreshold < 1 || multipartThreshold > PartPlan.largestSingleRequest {
            faults.append(SpecFault("/multipart_threshold", "must be from 1 byte to 5 GiB (5368709120)"))
        }
        if let bandwidthLimit, bandwidthLimit < 1 {
            faults.append(SpecFault("/bandwidth_limit", "must be at least 1 byte per second"))
        }
        for (field, globs) in [("include", include), ("exclude", exclude)] {
            for (index, text) in globs.enumerated() where Glob(text) == nil {
                faults.append(SpecFault("/\(field)/\(index)", "is not a glob: empty, or a bracket is not closed"))
            }
        }
        return faults
    }

    private func objectFaults() -> [SpecFault] {
        var faults: [SpecFault] = []
        for name in metadata.keys.sorted() where !Self.isHeaderToken(name) {
            faults.append(SpecFault("/metadata/\(Self.escaped(name))", "is not a name that a header can carry"))
        }
        for (name, value) in metadata.sorted(by: { $0.key < $1.key }) where !Self.isHeaderValue(value) {
            faults.append(SpecFault("/metadata/\(Self.escaped(name))", "holds a control character"))
        }
        if metadata.reduce(0, { $0 + $1.key.utf8.count + $1.value.utf8.count }) > 2_048 {
            faults.append(SpecFault("/metadata", "is longer than 2 KiB in all"))
        }
        if tags.count > 10 { faults.append(SpecFault("/tags", "has more than 10 entries")) }
        for (name, value) in tags.sorted(by: { $0.key < $1.key })
        where name.isEmpty || name.unicodeScalars.count > 128 || value.unicodeScalars.count > 256 {
            faults.append(
                SpecFault("/tags/\(Self.escaped(name))", "has a name of 1 to 128 and a value of up to 256 characters"))
        }
        if labels.count > 16 { faults.append(SpecFault("/labels", "has more than 16 entries")) }
        let headers = [
            ("content_type", contentType), ("cache_control", cacheControl), ("storage_class", storageClass),
            ("server_side_encryption", serverSideEncryption), ("kms_key_id", kmsKeyID), ("acl", acl),
        ]
        for (field, value) in headers {
            guard let value else { continue }
            if value.isEmpty || !Self.isHeaderValue(value) {
                faults.append(SpecFault("/\(field)", "is empty or holds a control character"))
            }
        }
        if kmsKeyID != nil, serverSideEncryption?.hasPrefix("aws:kms") != true {
            faults.append(SpecFault("/kms_key_id", "needs server_side_encryption aws:kms or aws:kms:dsse"))
        }
        return faults
    }

    private func webhookFaults() -> [SpecFault] {
        guard let webhook else { return [] }
        if webhook.events.isEmpty { return [SpecFault("/webhook/events", "names no event")] }
        let known = WebhookEvent.allCases.map(\.rawValue)
        return webhook.events.enumerated().filter { !known.contains($0.element) }.map {
            SpecFault("/webhook/events/\($0.offset)", "must be one of \(known.joined(separator: ", "))")
        }
    }

    package static let concurrencies = 1...1_024
    package static let priorities = 1...9

    private static func absolutePathFaults(_ path: String?, at pointer: String) -> [SpecFault] {
        guard let path, !path.isEmpty else { return [SpecFault(pointer, "is required")] }
        if !path.hasPrefix("/") { return [SpecFault(pointer, "must be an absolute path")] }
        if path.utf8.contains(0) { return [SpecFault(pointer, "holds a NUL byte")] }
        return []
    }

    /// S3's rule for names of buckets, as wide as compatible stores have it: 1 to 255 of `[A-Za-z0-9._-]`
    /// (AWS user guide, "Bucket naming rules"; AWS itself takes 3 to 63 and says so when it refuses).
    private static func bucketFaults(_ bucket: String, at pointer: String) -> [SpecFault] {
        if bucket.isEmpty { return [SpecFault(pointer, "is required")] }
        let allowed = bucket.utf8.allSatisfy {
            switch $0 {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        let dotsOnly = bucket.utf8.allSatisfy { $0 == UInt8(ascii: ".") }
        if !allowed || dotsOnly || bucket.utf8.count > 255 { return [SpecFault(pointer, "is not a bucket's name")] }
        return []
    }

    /// RFC 9110, section 5.6.2: token.
    private static func isHeaderToken(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy {
                switch $0 {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "!#$%&'*+-.^_`|~".utf8.contains($0)
                }
            }
    }

    private static func isHeaderValue(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }

    /// RFC 6901: `~` and `/` inside a pointer's segment.
    private static func escaped(_ name: String) -> String {
        name.split(separator: "~", omittingEmptySubsequences: false).joined(separator: "~0")
            .split(separator: "/", omittingEmptySubsequences: false).joined(separator: "~1")
    }
}
