extension StoreService {
    func perform(
        _ request: S3Request, _ rules: PayloadRules, _ payload: Payload
    ) async throws(S3Failure) -> StoreAnswer {
        switch request.operation {
        case .putObject: try putObject(request, payload)
        case .uploadPart: try uploadPart(request, payload)
        case .getObject, .headObject: try getObject(request)
        case .deleteObject: try deleteObject(request)
        case .deleteObjects: try deleteObjects(request, rules, payload)
        case .copyObject: try await copyObject(request)
        case .createMultipartUpload: try createUpload(request)
        case .completeMultipartUpload: try await completeUpload(request, rules, payload)
        case .abortMultipartUpload: try abortUpload(request)
        case .uploadPartCopy: try await uploadPartCopy(request)
        case .listParts: try listParts(request)
        case .listMultipartUploads: try listUploads(request)
        case .listObjects, .listObjectsV2: try listObjects(request)
        case .listBuckets: listBuckets()
        case .createBucket: try createBucket(request)
        case .headBucket: try headBucket(request)
        case .deleteBucket: try deleteBucket(request)
        case .getBucketLocation: try bucketLocation(request)
        case .getBucketVersioning: try bucketVersioning(request)
        case .getObjectTagging: try objectTagging(request)
        case .putObjectTagging: try putObjectTagging(request, payload)
        case .deleteObjectTagging: try deleteObjectTagging(request)
        case .getObjectAcl: try objectAcl(request)
        case .putObjectAcl: try putObjectAcl(request)
        }
    }

    /// The answers of a store that keeps nothing: writes succeed, reads find nothing.
    func unkeptAnswer(_ request: S3Request) throws(S3Failure) -> StoreAnswer {
        switch request.operation {
        case .putObject, .uploadPart:
            var answer = StoreAnswer()
            answer.setETag("00000000000000000000000000000000")
            return answer
        case .createMultipartUpload:
            return initiated(request, id: "unkept")
        case .completeMultipartUpload:
            return completed(request, etag: "00000000000000000000000000000000-1", checksum: nil)
        case .abortMultipartUpload, .deleteObject: return StoreAnswer(status: 204)
        case .headBucket, .createBucket: return StoreAnswer()
        case .headObject, .getObject: throw S3Failure(.noSuchKey)
        default: throw S3Failure(.notImplemented)
        }
    }
}
