import CurlTransport
package import Model

extension S3Client {
    /// GetObjectTagging (S3 API reference): an object's tags, at most ten.
    package func getObjectTagging(
        _ object: ObjectLocation, acquire: Acquire
    ) async throws(S3Error) -> [String: String] {
        var request = S3Request(.getObjectTagging, .get, bucket: object.bucket, key: object.key)
        request.query = Array("tagging=".utf8)
        return try await send(request, acquire: acquire) { reply throws(S3Error) in
            guard let tags = TaggingDocument.tags(reply.body) else {
                throw ReplyClassifier.malformed(reply, operation: .getObjectTagging, "the reply is no list of tags")
            }
            return tags
        }
    }
}
