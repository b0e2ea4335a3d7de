import Checksums
import Model

extension StoreService {
    func createUpload(_ request: S3Request) throws(S3Failure) -> StoreAnswer {
        try prepareBucket(request.bucket)
        var record = UploadRecord(
            bucket: request.bucket, key: request.key, initiated: now,
            attributes: try ObjectAttributes(request.headers))
        try Self.readChecksumChoice(request.headers, into: &record)
        // Begins with the time, so that uploads of one key are listed in the order of their creation.
        let id = Hex.encode(UInt64(now.microseconds)) + Hex.encode(UInt64.random(in: .min ... .max))
        try store.commit([.createUpload(id: id, record: record)]) { state throws(S3Failure) in
            if state.buckets[request.bucket] == nil { _ = try state.bucket(request.bucket) }
        }
        var answer = initiated(request, id: id)
        record.attributes.echoEncryption(in: &answer)
        answer.set("x-amz-checksum-algorithm", record.checksumKind?.uppercased())
        answer.set("x-amz-checksum-type", record.checksumForm?.rawValue)
        return answer
    }

    func initiated(_ request: S3Request, id: String) -> StoreAnswer {
        var writer = XMLWriter()
        writer.element("InitiateMultipartUploadResult", namespace: true) { result in
            result.element("Bucket", request.bucket)
            result.element("Key", bytes: request.key.bytes)
            result.element("UploadId", id)
        }
        return StoreAnswer(xml: writer.bytes)
    }

    func uploadPart(_ request: S3Request, _ payload: Payload) throws(S3Failure) -> StoreAnswer {
        let id = request.query["uploadId"] ?? ""
        let upload = try store.read { state throws(S3Failure) in try state.upload(id, request) }
        let kind = try checksumKind(ofPartIn: upload, chosen: payload.verified?.kind)
        let part = PartRecord(
            extent: payload.extent, etag: etag(of: payload.digests), modified: now,
            checksum: kind.flatMap { payload.digests[$0] })
        try put(part, number: partNumber(of: request), upload: id, request)
        var answer = StoreAnswer()
        answer.setETag(part.etag)
        if let verified = payload.verified {
            answer.set("x-amz-checksum-\(verified.kind.rawValue)", Base64.encode(verified.value))
        } else if upload.checksumKind != nil, let kind, let value = part.checksum {
            answer.set("x-amz-checksum-\(kind.rawValue)", Base64.encode(value))
        }
        upload.attributes.echoEncryption(in: &answer)
        return answer
    }

    func put(_ part: PartRecord, number: Int, upload id: String, _ request: S3Request) throws(S3Failure) {
        try store.commit([.putPart(upload: id, number: number, part: part)]) { state throws(S3Failure) in
            if state.uploads[id] == nil { _ = try state.upload(id, request) }
        }
    }

    func abortUpload(_ request: S3Request) throws(S3Failure) -> StoreAnswer {
        let id = request.query["uploadId"] ?? ""
        try store.commit([.removeUpload(id: id)]) { state throws(S3Failure) in
            _ = try state.upload(id, request)
        }
        return StoreAnswer(status: 204)
    }

    func partNumber(of request: S3Request) throws(S3Failure) -> Int {
        guard let number = request.query["partNumber"].flatMap({ Int($0) }),
            (1...StoreLimits.lastPartNumber).contains(number)
        else {
            throw S3Failure(
                .invalidArgument, "Part number must be an integer between 1 and 10000, inclusive",
                details: [
                    .init(name: "ArgumentName", value: "partNumber"),
                    .init(name: "ArgumentValue", value: request.query["partNumber"] ?? ""),
                ])
        }
        return number
    }

    /// What is computed for a part: the upload's kind, which the client's must be, too.
    ///
    /// - Throws: InvalidRequest when they differ.
    func checksumKind(ofPartIn upload: UploadRecord, chosen: ChecksumKind?) throws(S3Failure) -> ChecksumKind? {
        guard let kind = upload.kind else { return configuration.computesDefaultChecksum ? .crc64nvme : nil }
        guard chosen == nil || chosen == kind else {
            throw S3Failure(
                .invalidRequest,
                "Checksum Type mismatch occurred, expected checksum Type: \(kind.rawValue), "
                    + "actual checksum Type: \(chosen?.rawValue ?? "")")
        }
        return kind
    }

    /// CRC64NVME is of full objects only, SHA-256 composite only; the other CRCs are composite unless asked otherwise.
    private static func readChecksumChoice(
        _ headers: RequestHeaders, into upload: inout UploadRecord
    ) throws(S3Failure) {
        let form = headers["x-amz-checksum-type"]?.uppercased()
        guard let name = headers["x-amz-checksum-algorithm"]?.lowercased() else {
            guard form == nil else {
                throw S3Failure(
                    .invalidRequest,
                    "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.")
            }
            return
        }
        guard let kind = ChecksumKind(rawValue: name), kind != .md5 else {
            throw S3Failure(
                .invalidRequest,
                "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA256]"
            )
        }
        let usual: ObjectChecksum.Form = kind == .crc64nvme ? .full : .composite
        guard let chosen = form.map({ ObjectChecksum.Form(rawValue: $0) }) ?? usual,
            !(kind == .crc64nvme && chosen == .composite), !(kind == .sha256 && chosen == .full)
        else {
            throw S3Failure(
                .invalidRequest,
                "The \(form ?? "") checksum type cannot be used with the \(name) checksum algorithm.")
        }
        upload.checksumKind = kind.rawValue
        upload.checksumForm = chosen
    }
}
