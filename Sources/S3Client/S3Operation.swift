/// S3's operations, by the names of its API reference.
package enum S3Operation: String, Sendable, Hashable {
    case putObject = "PutObject"
    case createMultipartUpload = "CreateMultipartUpload"
    case uploadPart = "UploadPart"
    case uploadPartCopy = "UploadPartCopy"
    case completeMultipartUpload = "CompleteMultipartUpload"
    case abortMultipartUpload = "AbortMultipartUpload"
    case listParts = "ListParts"
    case listMultipartUploads = "ListMultipartUploads"
    case headObject = "HeadObject"
    case headBucket = "HeadBucket"
    case listObjectsV2 = "ListObjectsV2"
    case getObject = "GetObject"
    case getObjectTagging = "GetObjectTagging"
    case deleteObject = "DeleteObject"
    case copyObject = "CopyObject"

    /// Whether a reply of 200 may hold an error: these send the status before they are done. They work inside the store
    /// for minutes, and not every store sends spaces meanwhile.
    var mayFailInside200: Bool {
        self == .completeMultipartUpload || self == .copyObject || self == .uploadPartCopy
    }

    /// Whether the request says what the store must find to be the checksum of bytes.
    var carriesChecksums: Bool { self == .putObject || self == .uploadPart || self == .completeMultipartUpload }

    /// A reply to these has no body, so a refusal comes without its code.
    var isHead: Bool { self == .headObject || self == .headBucket }
}
