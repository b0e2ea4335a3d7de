/// S3's operations, by the names of its API reference.
package enum S3Operation: String, Sendable, Hashable, CaseIterable {
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

    /// Its place among all, for tables.
    var index: Int {
        switch self {
        case .putObject: 0
        case .createMultipartUpload: 1
        case .uploadPart: 2
        case .uploadPartCopy: 3
        case .completeMultipartUpload: 4
        case .abortMultipartUpload: 5
        case .listParts: 6
        case .listMultipartUploads: 7
        case .headObject: 8
        case .headBucket: 9
        case .listObjectsV2: 10
        case .getObject: 11
        case .getObjectTagging: 12
        case .deleteObject: 13
        case .copyObject: 14
        }
    }
}
