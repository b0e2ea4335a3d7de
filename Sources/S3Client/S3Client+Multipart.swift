import CurlTransport
package import Model
import SigV4

extension S3Client {
    /// CreateMultipartUpload (S3 API reference).
    ///
    /// - Parameter checksum: what the parts will carry; nil when they carry none.
    package func createMultipartUpload(
        _ object: ObjectLocation, attributes: ObjectAttributes = ObjectAttributes(),
        checksum: MultipartChecksum? = nil, acquire: Acquire
    ) async throws(S3Error) -> UploadID {
        var request = S3Request(.createMultipartUpload, .post, bucket: object.bucket, key: object.key)
        request.query = Array("uploads=".utf8)
        request.headers = attributes.headers
        if let checksum, let name = checksum.algorithm.s3Name {
            request.headers = Header.merge(
                request.headers,
                [Header("x-amz-checksum-algorithm", name), Header("x-amz-checksum-type", checksum.kind.rawValue)])
        }
        return try await send(request, acquire: acquire) { reply throws(S3Error) in
            guard let upload = UploadDocument.uploadID(reply.body) else {
                throw ReplyClassifier.malformed(reply, operation: .createMultipartUpload, "the reply has no UploadId")
            }
            if reply.headers.saysETagIsOpaque { state.noteOpaqueETags(object.bucket) }
            return upload
        }
    }

    /// UploadPart (S3 API reference): 5 MiB to 5 GiB, the last part any size.
    package func uploadPart(
        _ number: PartNumber, of upload: UploadID, _ object: ObjectLocation, payload: Payload,
        options: ExchangeOptions = ExchangeOptions(), acquire: Acquire
    ) async throws(S3Error) -> CompletedPart {
        var request = S3Request(.uploadPart, .put, bucket: object.bucket, key: object.key)
        request.query = Self.query(of: upload, part: number)
        request.carry(payload)
        request.sink = .discard
        request.options = options
        let sent = payload.checksum
        return try await send(request, acquire: acquire) { reply throws(S3Error) in
            let stored = try reply.storedObject(.uploadPart, sent: sent)
            note(stored, in: object.bucket, sent: sent)
            let checksum = sent.flatMap { $0.algorithm == .md5 ? nil : $0 } ?? stored.checksum
            return CompletedPart(number: number, etag: stored.etag, checksum: checksum)
        }
    }

    /// CompleteMultipartUpload (S3 API reference). Takes minutes for large objects; a status of 200 may hold an error,
    /// which is read and tried again like any other.
    ///
    /// After a lost reply a repetition finds `.noSuchUpload` although the object stands: the caller looks at the object.
    ///
    /// - Parameters:
    ///   - parts: ascending by number.
    ///   - checksum: of the full object, when the upload was created for one.
    ///   - sizeInBytes: of the object; the store refuses another total. Nil leaves that unchecked.
    package func completeMultipartUpload(
        _ upload: UploadID, _ object: ObjectLocation, parts: [CompletedPart], checksum: Checksum? = nil,
        sizeInBytes: Int64? = nil, condition: WriteCondition? = nil, acquire: Acquire
    ) async throws(S3Error) -> StoredObject {
        var request = S3Request(.completeMultipartUpload, .post, bucket: object.bucket, key: object.key)
        request.query = Self.query(of: upload)
        if let condition { request.headers.append(condition.header) }
        if let checksum, checksum.algorithm.s3Name != nil {
            request.headers.append(Header(checksum.algorithm.headerName, checksum.base64))
            request.headers.append(Header("x-amz-checksum-type", MultipartChecksum.Kind.fullObject.rawValue))
        }
        if let sizeInBytes { request.headers.append(Header("x-amz-mp-object-size", String(sizeInBytes))) }
        request.carry(document: UploadDocument.completion(of: parts))
        return try await send(request, acquire: acquire) { reply throws(S3Error) in
            guard var stored = UploadDocument.storedObject(reply.body) else {
                throw ReplyClassifier.malformed(reply, operation: .completeMultipartUpload, "the reply has no ETag")
            }
            stored.versionID = reply.headers["x-amz-version-id"]
            stored.isETagOpaque = reply.headers.saysETagIsOpaque
            return stored
        }
    }

    /// AbortMultipartUpload (S3 API reference). An upload that is not there any more is no error. Parts that were in flight
    /// may be stored all the same: `listParts` tells.
    package func abortMultipartUpload(
        _ upload: UploadID, _ object: ObjectLocation, acquire: Acquire
    ) async throws(S3Error) {
        var request = S3Request(.abortMultipartUpload, .delete, bucket: object.bucket, key: object.key)
        request.query = Self.query(of: upload)
        do throws(S3Error) {
            try await send(request, acquire: acquire) { _ in }
        } catch  where error.code == .noSuchUpload || error.code == .noSuchKey {
            return
        }
    }

    /// One page of ListParts (S3 API reference), at most 1,000 parts behind `marker`.
    package func listParts(
        _ upload: UploadID, _ object: ObjectLocation, after marker: PartNumber? = nil, acquire: Acquire
    ) async throws(S3Error) -> PartPage {
        var request = S3Request(.listParts, .get, bucket: object.bucket, key: object.key)
        var items = [(name: "max-parts", value: "1000"), (name: "uploadId", value: upload.rawValue)]
        if let marker { items.append((name: "part-number-marker", value: String(marker.rawValue))) }
        request.query = CanonicalQuery(items).bytes
        return try await send(request, acquire: acquire) { reply throws(S3Error) in
            guard let page = PartPage(document: reply.body) else {
                throw ReplyClassifier.malformed(reply, operation: .listParts, "the reply is no list of parts")
            }
            return page
        }
    }

    static func query(of upload: UploadID, part: PartNumber? = nil) -> [UInt8] {
        var query: [UInt8] = []
        if let part { query.append(contentsOf: "partNumber=\(part.rawValue)&".utf8) }
        query.append(contentsOf: "uploadId=".utf8)
        URIEncoding.appendQueryComponent(Array(upload.rawValue.utf8), to: &query)
        return query
    }
}
