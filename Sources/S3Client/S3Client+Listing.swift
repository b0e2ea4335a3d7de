import CurlTransport
import SigV4

extension S3Client {
    /// One page of ListObjectsV2 (S3 API reference), in the order of the keys' bytes.
    ///
    /// - Parameters:
    ///   - prefix: raw bytes, verbatim.
    ///   - delimiter: keys that have it behind the prefix are shown as their common prefix; nil shows every key.
    ///   - token: from the page before.
    ///   - limit: at most 1,000.
    package func listObjectsV2(
        bucket: String, prefix: [UInt8] = [], delimiter: String? = nil, token: String? = nil, limit: Int = 1000,
        acquire: Acquire
    ) async throws(S3Error) -> ObjectPage {
        var request = S3Request(.listObjectsV2, .get, bucket: bucket)
        var items: [(name: [UInt8], value: [UInt8])] = []
        func add(_ name: String, _ value: [UInt8]) { items.append((Array(name.utf8), value)) }
        add("list-type", Array("2".utf8))
        // Control characters can't stand in XML: encoded they can.
        add("encoding-type", Array("url".utf8))
        add("max-keys", Array(String(limit).utf8))
        if !prefix.isEmpty { add("prefix", prefix) }
        if let delimiter { add("delimiter", Array(delimiter.utf8)) }
        if let token { add("continuation-token", Array(token.utf8)) }
        request.query = CanonicalQuery(items).bytes
        return try await send(request, acquire: acquire) { reply throws(S3Error) in
            guard let page = ObjectPage(document: reply.body) else {
                throw ReplyClassifier.malformed(reply, operation: .listObjectsV2, "the reply is no list of objects")
            }
            return page
        }
    }

    /// One page of ListMultipartUploads (S3 API reference), at most 1,000 uploads behind `marker`.
    ///
    /// - Parameter prefix: raw bytes, verbatim.
    package func listMultipartUploads(
        bucket: String, prefix: [UInt8] = [], after marker: UploadPage.Marker? = nil, acquire: Acquire
    ) async throws(S3Error) -> UploadPage {
        var request = S3Request(.listMultipartUploads, .get, bucket: bucket)
        var items: [(name: [UInt8], value: [UInt8])] = []
        func add(_ name: String, _ value: [UInt8]) { items.append((Array(name.utf8), value)) }
        add("uploads", [])
        add("encoding-type", Array("url".utf8))
        add("max-uploads", Array("1000".utf8))
        if !prefix.isEmpty { add("prefix", prefix) }
        if let marker {
            add("key-marker", marker.key)
            add("upload-id-marker", marker.uploadIDBytes)
        }
        request.query = CanonicalQuery(items).bytes
        return try await send(request, acquire: acquire) { reply throws(S3Error) in
            guard let page = UploadPage(document: reply.body, date: reply.headers["date"]) else {
                throw ReplyClassifier.malformed(
                    reply, operation: .listMultipartUploads, "the reply is no list of uploads")
            }
            return page
        }
    }
}
