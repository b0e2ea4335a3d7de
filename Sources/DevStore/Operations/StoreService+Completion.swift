import Checksums

extension StoreService {
    func completeUpload(
        _ request: S3Request, _ rules: PayloadRules, _ payload: Payload
    ) async throws(S3Failure) -> StoreAnswer {
        let id = request.query["uploadId"] ?? ""
        let files = { (upload: UploadRecord) in upload.parts.values.map(\.extent.file) }
        let upload = try store.retaining(files, of: { state throws(S3Failure) in try state.upload(id, request) })
        defer { for file in files(upload) { store.release(file) } }
        let document = try Self.document(payload.bytes, root: "CompleteMultipartUpload")
        let plan = try CompletionPlan(document: document, upload: upload, limits: configuration.limits)
        try plan.check(request.headers)
        let conditions = Conditions(request.headers)
        let extent = try await joinedExtent(plan)
        // Until the journal refers to it.
        defer { store.release(extent.file) }
        let record = ObjectRecord(
            extent: extent, etag: plan.etag ?? opaqueETag(), modified: now, attributes: upload.attributes,
            checksum: plan.checksum, partSizes: plan.parts.map(\.sizeInBytes))
        let entries: [JournalEntry] = [
            .putObject(bucket: request.bucket, key: request.key, record: record), .removeUpload(id: id),
        ]
        try store.commit(entries) { state throws(S3Failure) in
            let current = try state.upload(id, request)
            for (item, part) in zip(plan.listed, plan.parts) {
                // A part may have been sent again while the parts were joined.
                guard current.parts[item.number]?.extent == part.extent else { throw S3Failure(.invalidPart) }
            }
            try conditions.checkWrite(over: state.buckets[request.bucket]?.objects[request.key])
        }
        var answer = completed(request, etag: record.etag, checksum: record.checksum)
        upload.attributes.echoEncryption(in: &answer)
        return answer
    }

    func completed(_ request: S3Request, etag: String, checksum: ObjectChecksum?) -> StoreAnswer {
        var writer = XMLWriter()
        writer.element("CompleteMultipartUploadResult", namespace: true) { result in
            result.element(
                "Location", "http://\(request.authority ?? "localhost")\(request.target.prefix { $0 != "?" })")
            result.element("Bucket", request.bucket)
            result.element("Key", bytes: request.key.bytes)
            result.element("ETag", "\"\(etag)\"")
            if let checksum {
                result.element("Checksum\(checksum.kind.rawValue.uppercased())", checksum.text)
                result.element("ChecksumType", checksum.form.rawValue)
            }
        }
        return StoreAnswer(xml: writer.bytes)
    }

    /// The parts' bytes as one range of one file: as they lie when they lie well, or else in a copy. The file needs a
    /// `release`.
    private func joinedExtent(_ plan: CompletionPlan) async throws(S3Failure) -> DataExtent {
        guard let folder = store.folder else { return DataExtent(file: 0, offset: 0, count: plan.sizeInBytes) }
        if let extent = plan.contiguousExtent {
            store.retain(extent.file)
            return extent
        }
        let extents = plan.parts.map(\.extent)
        let store = store
        return try await store.onDiskThread { () throws(S3Failure) in
            do throws(FolderError) {
                let file = try folder.create()
                store.retain(file.id)
                do throws(FolderError) {
                    var offset: Int64 = 0
                    for extent in extents where extent.count > 0 {
                        try file.copy(extent, of: folder.open(extent.file), to: offset)
                        offset += extent.count
                    }
                } catch {
                    store.release(file.id)
                    throw error
                }
                return DataExtent(file: file.id, offset: 0, count: plan.sizeInBytes)
            } catch {
                throw S3Failure(.internalError, error.description)
            }
        }
    }
}
