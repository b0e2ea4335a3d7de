import CurlTransport
package import Model
import SigV4

extension S3Client {
    /// PutObject (S3 API reference): stores a whole object of at most 5 GiB by one request.
    package func putObject(
        _ object: ObjectLocation, payload: Payload, attributes: ObjectAttributes = ObjectAttributes(),
        condition: WriteCondition? = nil, options: ExchangeOptions = ExchangeOptions(), acquire: Acquire
    ) async throws(S3Error) -> StoredObject {
        var request = S3Request(.putObject, .put, bucket: object.bucket, key: object.key)
        request.headers = attributes.headers
        if let condition { request.headers = Header.merge(request.headers, [condition.header]) }
        request.carry(payload)
        request.sink = .discard
        request.options = options
        let sent = payload.checksum
        return try await send(request, acquire: acquire) { reply throws(S3Error) in
            let stored = try reply.storedObject(.putObject, sent: sent)
            note(stored, in: object.bucket, sent: sent)
            return stored
        }
    }

    /// HeadObject (S3 API reference): what is known of an object. A missing one is `.noSuchKey`.
    package func headObject(
        _ object: ObjectLocation, acquire: Acquire
    ) async throws(S3Error) -> ObjectDescription {
        var request = S3Request(.headObject, .head, bucket: object.bucket, key: object.key)
        request.headers = [Header("x-amz-checksum-mode", "ENABLED")]
        return try await send(request, acquire: acquire) { reply throws(S3Error) in
            try ObjectDescription(reply, operation: .headObject)
        }
    }

    /// HeadObject of an object's first part: how large it is, and of how many parts the object was made. Nil where the
    /// store does not say.
    package func headFirstPart(
        _ object: ObjectLocation, ifMatch: ETag, acquire: Acquire
    ) async throws(S3Error) -> StoredParts? {
        let part = try await headPart(1, of: object, ifMatch: ifMatch, acquire: acquire)
        return part.map { StoredParts(count: $0.count, firstSizeInBytes: $0.sizeInBytes) }
    }

    /// HeadObject with `partNumber`: how large this part is, and how many there are. Nil where the store does not say.
    package func headPart(
        _ number: Int, of object: ObjectLocation, ifMatch: ETag, acquire: Acquire
    ) async throws(S3Error) -> (count: Int, sizeInBytes: Int64)? {
        var request = S3Request(.headObject, .head, bucket: object.bucket, key: object.key)
        request.query = Array("partNumber=\(number)".utf8)
        request.headers = [Header("if-match", ifMatch.quoted)]
        return try await send(request, acquire: acquire) { reply in
            guard reply.status == 206, let count = reply.headers["x-amz-mp-parts-count"].flatMap({ Int($0) }),
                let size = reply.headers["content-length"].flatMap({ Int64($0) }), count > 0, size > 0
            else { return nil }
            return (count, size)
        }
    }

    /// GetObject (S3 API reference): an object or a range of it, into memory or a file.
    ///
    /// - Parameters:
    ///   - range: nil for all of it. A store that answers a range with the whole object gives `.malformedReply`.
    ///   - ifMatch: the object must still have this ETag, else `.preconditionFailed`.
    package func getObject(
        _ object: ObjectLocation, range: ByteRange? = nil, ifMatch: ETag? = nil, into sink: ObjectSink,
        options: ExchangeOptions = ExchangeOptions(), acquire: Acquire
    ) async throws(S3Error) -> FetchedObject {
        var request = S3Request(.getObject, .get, bucket: object.bucket, key: object.key)
        if let ifMatch { request.headers.append(Header("if-match", ifMatch.quoted)) }
        if let range, range.count > 0 {
            request.headers.append(Header("range", "bytes=\(range.offset)-\(range.end - 1)"))
        }
        request.headers.append(Header("x-amz-checksum-mode", "ENABLED"))
        switch sink {
        case .collect(let limit): request.sink = .collect(limitInBytes: limit)
        case .file(let descriptor, let offset, let limit, let inspect):
            let inspector = inspect.map { inspect in
                BodyInspector { headers, bytes in
                    inspect(headers.flatMap { try? ObjectDescription($0) }, bytes)
                }
            }
            request.sink = .file(descriptor: descriptor, offset: offset, limit: limit, inspector: inspector)
        }
        request.options = options
        return try await send(request, acquire: acquire) { reply throws(S3Error) in
            try FetchedObject(reply, asked: range)
        }
    }

    /// DeleteObject (S3 API reference). A missing object is no error.
    package func deleteObject(_ object: ObjectLocation, acquire: Acquire) async throws(S3Error) {
        let request = S3Request(.deleteObject, .delete, bucket: object.bucket, key: object.key)
        try await send(request, acquire: acquire) { _ in }
    }

    /// HeadBucket (S3 API reference): the bucket's region, where the store says it. A missing bucket is `.noSuchBucket`.
    package func headBucket(_ bucket: String, acquire: Acquire) async throws(S3Error) -> String? {
        let request = S3Request(.headBucket, .head, bucket: bucket)
        return try await send(request, acquire: acquire) { reply in reply.headers["x-amz-bucket-region"] }
    }
}
