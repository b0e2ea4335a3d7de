import CurlTransport
package import Model
import SigV4

extension S3Client {
    /// CopyObject (S3 API reference): at most 5 GiB, inside the store.
    ///
    /// - Parameters:
    ///   - attributes: metadata and content headers among them replace the source's as a whole, tags the source's tags;
    ///     what is not given stays as it is.
    ///   - ifMatch: the source must still have this ETag, else `.preconditionFailed`.
    package func copyObject(
        from source: ObjectLocation, to object: ObjectLocation, attributes: ObjectAttributes = ObjectAttributes(),
        ifMatch: ETag? = nil, condition: WriteCondition? = nil, acquire: Acquire
    ) async throws(S3Error) -> StoredObject {
        var request = S3Request(.copyObject, .put, bucket: object.bucket, key: object.key)
        var headers = Self.copySource(source, ifMatch: ifMatch)
        if attributes.replacesMetadata { headers.append(Header("x-amz-metadata-directive", "REPLACE")) }
        if attributes.replacesTags { headers.append(Header("x-amz-tagging-directive", "REPLACE")) }
        headers = Header.merge(attributes.headers, headers)
        if let condition { headers = Header.merge(headers, [condition.header]) }
        request.headers = headers
        return try await send(request, acquire: acquire) { reply throws(S3Error) in
            try Self.copyResult(reply, root: "CopyObjectResult", operation: .copyObject)
        }
    }

    /// UploadPartCopy (S3 API reference): a range of an object becomes a part.
    ///
    /// - Parameter range: nil for the whole source; a range is allowed only if the source is larger than 5 MiB.
    package func uploadPartCopy(
        _ number: PartNumber, of upload: UploadID, _ object: ObjectLocation, from source: ObjectLocation,
        range: ByteRange? = nil, ifMatch: ETag? = nil, acquire: Acquire
    ) async throws(S3Error) -> CompletedPart {
        var request = S3Request(.uploadPartCopy, .put, bucket: object.bucket, key: object.key)
        request.query = Self.query(of: upload, part: number)
        request.headers = Self.copySource(source, ifMatch: ifMatch)
        if let range, range.count > 0 {
            request.headers.append(Header("x-amz-copy-source-range", "bytes=\(range.offset)-\(range.end - 1)"))
        }
        return try await send(request, acquire: acquire) { reply throws(S3Error) in
            let stored = try Self.copyResult(reply, root: "CopyPartResult", operation: .uploadPartCopy)
            return CompletedPart(number: number, etag: stored.etag, checksum: stored.checksum)
        }
    }

    /// The source's name is encoded as in a path, though it stands in a header.
    private static func copySource(_ source: ObjectLocation, ifMatch: ETag?) -> [Header] {
        var name = Array("/".utf8)
        URIEncoding.appendPath(Array(source.bucket.utf8), to: &name)
        name.append(UInt8(ascii: "/"))
        URIEncoding.appendPath(source.key, to: &name)
        let header = Header("x-amz-copy-source", String(decoding: name, as: UTF8.self))
        guard let ifMatch else { return [header] }
        return [header, Header("x-amz-copy-source-if-match", ifMatch.quoted)]
    }

    private static func copyResult(
        _ reply: Reply, root: String, operation: S3Operation
    ) throws(S3Error) -> StoredObject {
        guard var stored = ResultDocument.read(reply.body, root: root).flatMap({ ResultDocument.storedObject($0) })
        else {
            throw ReplyClassifier.malformed(reply, operation: operation, "the reply has no ETag")
        }
        stored.versionID = reply.headers["x-amz-version-id"]
        return stored
    }
}
