import Checksums
import Model

/// Copies move no bytes: the new object or part refers to the source's. They are only read where a new ETag or checksum
/// needs it.
extension StoreService {
    func copyObject(_ request: S3Request) async throws(S3Failure) -> StoreAnswer {
        let headers = request.headers
        let source = try CopySource(headers["x-amz-copy-source"])
        try prepareBucket(request.bucket)
        let old = try retained(source)
        defer { store.release(old.extent.file) }
        try Conditions(headers, prefix: "x-amz-copy-source-").checkRead(old, notModified: false)
        guard old.sizeInBytes <= configuration.limits.putInBytes else {
            throw S3Failure(
                .invalidRequest,
                "The specified copy source is larger than the maximum allowable size for a copy source: "
                    + "\(configuration.limits.putInBytes)")
        }
        let attributes = try copiedAttributes(headers, old)
        if source.bucket == request.bucket, source.key == request.key, attributes == old.attributes,
            headers["x-amz-metadata-directive"] != "REPLACE"
        {
            throw S3Failure(
                .invalidRequest,
                "This copy request is illegal because it is trying to copy an object to itself without changing the "
                    + "object's metadata, storage class, website redirect location or encryption attributes.")
        }
        let chosen = try Self.copyChecksumKind(headers)
        let record = try await copiedRecord(old, attributes, chosen)
        let conditions = Conditions(headers)
        try store.commit([.putObject(bucket: request.bucket, key: request.key, record: record)]) {
            state throws(S3Failure) in
            if state.buckets[request.bucket] == nil { _ = try state.bucket(request.bucket) }
            try conditions.checkWrite(over: state.buckets[request.bucket]?.objects[request.key])
        }
        var answer = StoreAnswer(
            xml: Self.copyResult("CopyObjectResult", record.etag, record.modified.description, record.checksum))
        attributes.echoEncryption(in: &answer)
        return answer
    }

    func uploadPartCopy(_ request: S3Request) async throws(S3Failure) -> StoreAnswer {
        let headers = request.headers
        let number = try partNumber(of: request)
        let id = request.query["uploadId"] ?? ""
        let upload = try store.read { state throws(S3Failure) in try state.upload(id, request) }
        let source = try CopySource(headers["x-amz-copy-source"])
        let old = try retained(source)
        defer { store.release(old.extent.file) }
        try Conditions(headers, prefix: "x-amz-copy-source-").checkRead(old, notModified: false)
        let extent = try Self.copiedExtent(headers["x-amz-copy-source-range"], old)
        guard extent.count <= configuration.limits.putInBytes else { throw S3Failure(.entityTooLarge) }
        let kind = try checksumKind(ofPartIn: upload, chosen: nil)
        var kinds: ChecksumKinds = configuration.etags == .md5 ? .md5 : []
        if let kind { kinds.insert(ChecksumKinds(kind)) }
        let digests = try await digest(extent, kinds)
        let part = PartRecord(
            extent: extent, etag: etag(of: digests), modified: now, checksum: kind.flatMap { digests[$0] })
        try put(part, number: number, upload: id, request)
        let shown = upload.kind.flatMap { kind in
            part.checksum.map { ObjectChecksum(kind: kind, form: .full, value: $0) }
        }
        return StoreAnswer(xml: Self.copyResult("CopyPartResult", part.etag, part.modified.description, shown))
    }

    /// The source, whose bytes stay until they are released.
    private func retained(_ source: CopySource) throws(S3Failure) -> ObjectRecord {
        try store.retaining(
            { [$0.extent.file] },
            of: { state throws(S3Failure) in
                try state.object(bucket: source.bucket, key: source.key)
            })
    }

    private func copiedAttributes(_ headers: RequestHeaders, _ old: ObjectRecord) throws(S3Failure) -> ObjectAttributes
    {
        let new = try ObjectAttributes(headers)
        var attributes = new
        if try Self.directive("x-amz-metadata-directive", headers) == "COPY" {
            attributes.headers = old.attributes.headers.filter { !$0.name.hasPrefix("x-amz-server-side") }
            attributes.headers += new.headers.filter { $0.name.hasPrefix("x-amz-server-side") }
            attributes.metadata = old.attributes.metadata
        }
        if try Self.directive("x-amz-tagging-directive", headers) == "COPY" { attributes.tags = old.attributes.tags }
        return attributes
    }

    private static func directive(_ name: String, _ headers: RequestHeaders) throws(S3Failure) -> String {
        let value = headers[name] ?? "COPY"
        guard value == "COPY" || value == "REPLACE" else {
            throw S3Failure(.invalidArgument, "Unknown directive in \(name): \(value)")
        }
        return value
    }

    private static func copyChecksumKind(_ headers: RequestHeaders) throws(S3Failure) -> ChecksumKind? {
        guard let name = headers["x-amz-checksum-algorithm"] else { return nil }
        guard let kind = ChecksumKind(rawValue: name.lowercased()), kind != .md5 else {
            throw S3Failure(.invalidRequest, "Checksum algorithm provided is unsupported.")
        }
        return kind
    }

    /// A copy is an object that was put at once, also when its source came in parts.
    private func copiedRecord(
        _ old: ObjectRecord, _ attributes: ObjectAttributes, _ chosen: ChecksumKind?
    ) async throws(S3Failure) -> ObjectRecord {
        var record = old
        record.attributes = attributes
        record.modified = now
        record.partSizes = []
        let kind = chosen ?? old.checksum?.kind
        let keepsChecksum = old.checksum?.form != .composite && old.checksum?.kind == kind
        guard !old.partSizes.isEmpty || !keepsChecksum else { return record }
        var kinds: ChecksumKinds = configuration.etags == .md5 ? .md5 : []
        if let kind { kinds.insert(ChecksumKinds(kind)) }
        let digests = try await digest(old.extent, kinds)
        record.etag = etag(of: digests)
        record.checksum = kind.flatMap { kind in
            digests[kind].map { ObjectChecksum(kind: kind, form: .full, value: $0) }
        }
        return record
    }

    private static func copiedExtent(_ header: String?, _ old: ObjectRecord) throws(S3Failure) -> DataExtent {
        guard let header else { return old.extent }
        guard let range = RequestedRange(header), let bytes = range.bytes(of: old.sizeInBytes),
            header.last != "-", header.hasPrefix("bytes="), header.dropFirst(6).first != "-",
            Int64(header.split(separator: "-")[1]) == bytes.upperBound - 1
        else {
            throw S3Failure(
                .invalidArgument,
                "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the "
                    + "zero-based offsets of the first and last bytes to copy")
        }
        var extent = old.extent
        extent.offset += bytes.lowerBound
        extent.count = Int64(bytes.count)
        return extent
    }

    /// Reads bytes that are kept; bytes that are not are zeros.
    private func digest(_ extent: DataExtent, _ kinds: ChecksumKinds) async throws(S3Failure) -> Digests {
        let folder = store.folder
        return try await store.onDiskThread { () throws(S3Failure) in
            var hasher = Checksums.Hasher(kinds)
            do throws(FolderError) {
                let file = extent.file == 0 ? nil : try folder?.open(extent.file)
                var done: Int64 = 0
                while done < extent.count {
                    let count = Int(min(extent.count - done, 1 << 20))
                    let bytes =
                        try file?.read(count: count, at: extent.offset + done) ?? [UInt8](repeating: 0, count: count)
                    guard !bytes.isEmpty else { throw FolderError("pread", "\(extent.file)", errno: 5) }
                    hasher.update(bytes)
                    done += Int64(bytes.count)
                }
            } catch {
                throw S3Failure(.internalError, error.description)
            }
            return hasher.finalize()
        }
    }

    private static func copyResult(
        _ name: String, _ etag: String, _ modified: String, _ checksum: ObjectChecksum?
    ) -> [UInt8] {
        var writer = XMLWriter()
        writer.element(name, namespace: true) { result in
            result.element("LastModified", modified)
            result.element("ETag", "\"\(etag)\"")
            if let checksum {
                result.element("Checksum\(checksum.kind.rawValue.uppercased())", checksum.text)
            }
        }
        return writer.bytes
    }
}
