/// What a request asks for, in the S3 API reference's names; fault rules and statistics use them, too.
package enum S3Operation: String, Sendable, CaseIterable, Codable {
    case abortMultipartUpload = "AbortMultipartUpload"
    case completeMultipartUpload = "CompleteMultipartUpload"
    case copyObject = "CopyObject"
    case createBucket = "CreateBucket"
    case createMultipartUpload = "CreateMultipartUpload"
    case deleteBucket = "DeleteBucket"
    case deleteObject = "DeleteObject"
    case deleteObjectTagging = "DeleteObjectTagging"
    case deleteObjects = "DeleteObjects"
    case getBucketLocation = "GetBucketLocation"
    case getBucketVersioning = "GetBucketVersioning"
    case getObject = "GetObject"
    case getObjectAcl = "GetObjectAcl"
    case getObjectTagging = "GetObjectTagging"
    case headBucket = "HeadBucket"
    case headObject = "HeadObject"
    case listBuckets = "ListBuckets"
    case listMultipartUploads = "ListMultipartUploads"
    case listObjects = "ListObjects"
    case listObjectsV2 = "ListObjectsV2"
    case listParts = "ListParts"
    case putObject = "PutObject"
    case putObjectAcl = "PutObjectAcl"
    case putObjectTagging = "PutObjectTagging"
    case uploadPart = "UploadPart"
    case uploadPartCopy = "UploadPartCopy"

    /// The subresources that are told from plain requests, and nothing else that this store would ignore.
    private static let unknownSubresources: Set<String> = [
        "accelerate", "analytics", "cors", "encryption", "inventory", "legal-hold", "lifecycle", "logging", "metrics",
        "notification", "object-lock", "ownershipControls", "policy", "policyStatus", "publicAccessBlock",
        "replication", "requestPayment", "restore", "retention", "select", "torrent", "versionId", "versions",
        "website", "attributes",
    ]

    /// - Throws: NotImplemented for a subresource of S3's that this store lacks, MethodNotAllowed for a method.
    init(
        method: String, hasBucket: Bool, hasKey: Bool, query: QueryItems, isCopy: Bool
    ) throws(S3Failure) {
        if query.names.contains(where: Self.unknownSubresources.contains) { throw S3Failure(.notImplemented) }
        let found =
            hasKey
            ? Self.onObject(method, query, isCopy) : hasBucket ? Self.onBucket(method, query) : Self.onService(method)
        guard let found else { throw S3Failure(.methodNotAllowed) }
        self = found
    }

    /// Tells of objects without changing anything.
    var isRead: Bool {
        switch self {
        case .getObject, .headObject, .getObjectTagging, .listObjects, .listObjectsV2, .headBucket: true
        default: false
        }
    }

    private static func onService(_ method: String) -> S3Operation? {
        method == "GET" ? .listBuckets : nil
    }

    private static func onBucket(_ method: String, _ query: QueryItems) -> S3Operation? {
        switch method {
        case "GET":
            if query.has("location") { return .getBucketLocation }
            if query.has("versioning") { return .getBucketVersioning }
            if query.has("uploads") { return .listMultipartUploads }
            return query["list-type"] == "2" ? .listObjectsV2 : .listObjects
        case "HEAD": return .headBucket
        case "PUT": return .createBucket
        case "DELETE": return .deleteBucket
        case "POST": return query.has("delete") ? .deleteObjects : nil
        default: return nil
        }
    }

    private static func onObject(_ method: String, _ query: QueryItems, _ isCopy: Bool) -> S3Operation? {
        switch method {
        case "GET":
            if query.has("uploadId") { return .listParts }
            if query.has("tagging") { return .getObjectTagging }
            return query.has("acl") ? .getObjectAcl : .getObject
        case "HEAD": return .headObject
        case "PUT":
            if query.has("uploadId") || query.has("partNumber") { return isCopy ? .uploadPartCopy : .uploadPart }
            if query.has("tagging") { return .putObjectTagging }
            if query.has("acl") { return .putObjectAcl }
            return isCopy ? .copyObject : .putObject
        case "POST":
            if query.has("uploads") { return .createMultipartUpload }
            return query.has("uploadId") ? .completeMultipartUpload : nil
        case "DELETE":
            if query.has("uploadId") { return .abortMultipartUpload }
            return query.has("tagging") ? .deleteObjectTagging : .deleteObject
        default: return nil
        }
    }
}
