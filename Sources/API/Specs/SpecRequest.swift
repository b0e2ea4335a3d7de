package import Model

/// A body that asks for a job, read and checked.
package struct SpecRequest: Sendable, Equatable {
    package var spec: JobSpec
    package var validateOnly: Bool

    /// - Throws: a problem with all faults of the body at once.
    package init(body: [UInt8], features: Features) throws(ProblemDetails) {
        var reader = try FieldReader(body: body)
        var spec = JobSpec()
        let kind = reader.choice("kind", of: JobSpec.Kind.self)
        spec.kind = kind ?? .upload
        Self.readPlaces(&reader, &spec)
        Self.readRules(&reader, &spec)
        Self.readObjectFields(&reader, &spec)
        spec.webhook = Self.webhook(&reader)
        validateOnly = reader.boolean("validate_only") ?? false
        let given = Set(reader.names.compactMap(JobSpec.CodingKeys.init(rawValue:)))
        reader.refuseUnknown()
        let hasKind = kind != nil || !given.contains(.kind)
        self.spec = spec
        var faults = reader.faults
        // A value that could not be read has been named; its stand-in must not be named again.
        let named = Set(faults.map(\.pointer))
        var more = spec.faults(given: given) + Self.pathFaults(spec.paths ?? [])
        if !hasKind { more.removeAll { Self.pointersOfKinds.contains($0.pointer) } }
        more += features.faults(in: spec)
        for fault in more where !named.contains(where: { Self.covers($0, fault.pointer) }) { faults.append(fault) }
        if !faults.isEmpty { throw ProblemDetails(faults: faults) }
    }

    /// Whether a fault at `pointer` is already told by one at `named`, the same place or one inside it.
    private static func covers(_ named: String, _ pointer: String) -> Bool {
        named == pointer || named.hasPrefix(pointer + "/") || (pointer == "/webhook/url" && named.hasPrefix("/webhook"))
    }

    /// What depends on the kind, and so can't be judged while that is unknown.
    private static let pointersOfKinds: Set<String> = [
        "/source", "/destination", "/source_bucket", "/source_prefix", "/source_key", "/source_store", "/key", "/paths",
        "/symlinks", "/empty_directories", "/checksum", "/metadata", "/tags",
    ]

    private static func readPlaces(_ reader: inout FieldReader, _ spec: inout JobSpec) {
        spec.source = reader.string("source")
        spec.destination = reader.string("destination")
        spec.sourceBucket = reader.string("source_bucket")
        spec.sourcePrefix = reader.string("source_prefix")
        spec.sourceKey = reader.string("source_key")
        spec.sourceStore = reader.string("source_store").map(StoreName.init)
        if let bucket = reader.string("bucket") { spec.bucket = bucket }
        spec.key = reader.string("key")
        let prefix = reader.string("prefix")
        spec.prefix = prefix.map(JobSpec.folder) ?? (spec.key == nil ? "" : nil)
        spec.paths = reader.strings("paths")
        if let store = reader.string("store") { spec.store = StoreName(store) }
    }

    private static func readRules(_ reader: inout FieldReader, _ spec: inout JobSpec) {
        if let value = reader.integer("concurrency") { spec.concurrency = Int(value) }
        if let value = reader.integer("priority") { spec.priority = Int(value) }
        if let value = reader.strings("include") { spec.include = value }
        if let value = reader.strings("exclude") { spec.exclude = value }
        if let value = reader.choice("overwrite", of: JobSpec.Overwrite.self) { spec.overwrite = value }
        if let value = reader.choice("symlinks", of: JobSpec.Symlinks.self) { spec.symlinks = value }
        if let value = reader.choice("empty_directories", of: JobSpec.EmptyDirectories.self) {
            spec.emptyDirectories = value
        }
        if let value = reader.boolean("preserve_times") { spec.preserveTimes = value }
        if let value = reader.integer("part_size") { spec.partSize = value }
        if let value = reader.integer("multipart_threshold") { spec.multipartThreshold = value }
        if let value = reader.choice("checksum", of: JobSpec.ChecksumChoice.self) { spec.checksum = value }
        if let value = reader.choice("on_error", of: JobSpec.OnError.self) { spec.onError = value }
        spec.bandwidthLimit = reader.integer("bandwidth_limit")
        if let value = reader.map("labels") { spec.labels = value }
    }

    private static func readObjectFields(_ reader: inout FieldReader, _ spec: inout JobSpec) {
        if let value = reader.map("metadata") { spec.metadata = value }
        if let value = reader.map("tags") { spec.tags = value }
        spec.contentType = reader.string("content_type")
        spec.cacheControl = reader.string("cache_control")
        spec.storageClass = reader.string("storage_class")
        spec.serverSideEncryption = reader.string("server_side_encryption")
        spec.kmsKeyID = reader.string("kms_key_id")
        spec.acl = reader.string("acl")
    }

    private static func webhook(_ reader: inout FieldReader) -> JobSpec.Webhook? {
        guard let value = reader.value("webhook") else { return nil }
        guard case .object(let members) = value else {
            reader.fault("webhook", "must be an object")
            return nil
        }
        var inner = FieldReader(members, at: "/webhook")
        let url = inner.string("url")
        if !inner.names.contains("url") { inner.fault("url", "is required") }
        let events = inner.strings("events") ?? ["job.finished"]
        inner.refuseUnknown()
        reader.add(inner.faults)
        return url.map { JobSpec.Webhook(url: $0, events: events) }
    }

    /// `paths` are relative and stay below the source; what else is wrong with one shows when it is opened.
    private static func pathFaults(_ paths: [String]) -> [SpecFault] {
        var faults: [SpecFault] = []
        for (index, path) in paths.enumerated() where !path.isEmpty {
            if path.utf8.first == UInt8(ascii: "/") {
                faults.append(SpecFault("/paths/\(index)", "must be relative to the source"))
            } else if path.utf8.contains(0) {
                faults.append(SpecFault("/paths/\(index)", "holds a NUL byte"))
            } else if path.utf8.split(separator: UInt8(ascii: "/")).contains(where: { $0.elementsEqual("..".utf8) }) {
                faults.append(SpecFault("/paths/\(index)", "must not hold a .. segment"))
            }
        }
        return faults
    }
}

extension FieldReader {
    /// Over a body that must be one JSON object.
    init(body: [UInt8]) throws(ProblemDetails) {
        let value: JSONValue
        do {
            value = try JSONParser.parse(body)
        } catch {
            throw ProblemDetails(error)
        }
        guard case .object(let members) = value else {
            throw ProblemDetails(faults: [SpecFault("", "must be a JSON object")])
        }
        self.init(members)
    }
}
