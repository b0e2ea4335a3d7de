/// One file or object that a job moves; a job has none to millions.
package struct FileTransfer: Sendable, Hashable {
    package var number: FileNumber
    /// Relative to the source, `/` between segments, raw bytes.
    package var path: [UInt8]
    /// In bytes, as the scan or, once it was opened, the file itself said.
    package var size: Int64
    /// An empty object whose key ends with `/` stands for an empty directory.
    package var isDirectoryMarker: Bool
    /// Where the source is an object: what the list said of it.
    package var object: ListedObject?
    package var state: FileState
    package var skipReason: String?
    package var attempts: Int
    package var etag: ETag?
    package var checksum: Checksum?
    package var failure: Failure?
    /// Present once an upload id was recorded.
    package var multipart: MultipartUpload?
    /// Bytes that were counted as acknowledged by uploads of this file that came to nothing: not counted again.
    package var countedBytes: Int64
    package var startTime: Timestamp?
    package var endTime: Timestamp?
    /// Of its last stored change that the feed shows; nil while it is pending.
    package var revision: Revision?

    package init(
        number: FileNumber, path: [UInt8], size: Int64, isDirectoryMarker: Bool = false, object: ListedObject? = nil,
        state: FileState = .pending, skipReason: String? = nil, attempts: Int = 0, etag: ETag? = nil,
        checksum: Checksum? = nil,
        failure: Failure? = nil, multipart: MultipartUpload? = nil, countedBytes: Int64 = 0,
        startTime: Timestamp? = nil,
        endTime: Timestamp? = nil, revision: Revision? = nil
    ) {
        self.number = number
        self.path = path
        self.size = size
        self.isDirectoryMarker = isDirectoryMarker
        self.object = object
        self.state = state
        self.skipReason = skipReason
        self.attempts = attempts
        self.etag = etag
        self.checksum = checksum
        self.failure = failure
        self.multipart = multipart
        self.countedBytes = countedBytes
        self.startTime = startTime
        self.endTime = endTime
        self.revision = revision
    }
}

/// A multipart upload that was begun for a file: what is needed to go on with it.
package struct MultipartUpload: Sendable, Hashable {
    package var uploadID: UploadID
    package var partSize: Int64
    /// The source's when the upload began: parts of another identity are never glued to it.
    package var identity: SourceIdentity

    package init(uploadID: UploadID, partSize: Int64, identity: SourceIdentity) {
        self.uploadID = uploadID
        self.partSize = partSize
        self.identity = identity
    }
}

/// One stored part of a multipart file.
package struct Part: Sendable, Hashable {
    package var file: FileNumber
    package var number: PartNumber
    package var range: ByteRange
    package var state: PartState
    package var attempt: Int
    package var etag: ETag?
    package var checksum: Checksum?
    package var failure: Failure?
    package var revision: Revision?

    package init(
        file: FileNumber, number: PartNumber, range: ByteRange, state: PartState, attempt: Int, etag: ETag? = nil,
        checksum: Checksum? = nil, failure: Failure? = nil, revision: Revision? = nil
    ) {
        self.file = file
        self.number = number
        self.range = range
        self.state = state
        self.attempt = attempt
        self.etag = etag
        self.checksum = checksum
        self.failure = failure
        self.revision = revision
    }
}
