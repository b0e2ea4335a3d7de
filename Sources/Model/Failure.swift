/// The stored and shown outcome of a file or job that failed.
package struct Failure: Error, Sendable, Hashable, Codable {
    /// What went wrong, in API.md's words. Each says what a user should do.
    package enum Code: String, Sendable, Codable, CaseIterable {
        /// The file changed while it was read. Retry once nothing writes to it.
        case sourceChanged = "SOURCE_CHANGED"
        /// The file exists and can't be read. Mend its permissions or its disk.
        case sourceUnreadable = "SOURCE_UNREADABLE"
        /// The file was listed and is gone.
        case sourceVanished = "SOURCE_VANISHED"
        /// The name is not UTF-8, or the key is empty or longer than 1,024 bytes. Rename the file.
        case invalidKey = "INVALID_KEY"
        /// The store refuses these credentials this request.
        case accessDenied = "ACCESS_DENIED"
        /// The bucket does not exist.
        case noSuchBucket = "NO_SUCH_BUCKET"
        /// The object does not exist.
        case noSuchKey = "NO_SUCH_KEY"
        /// A condition of the request was false: someone else wrote the object.
        case preconditionFailed = "PRECONDITION_FAILED"
        /// What arrived is not what was sent.
        case checksumMismatch = "CHECKSUM_MISMATCH"
        /// The store asked to slow down until the retries ran out of time.
        case throttled = "THROTTLED"
        /// The store did not answer in time, again and again.
        case timeout = "TIMEOUT"
        /// No connection, or it broke, again and again.
        case connectionFailed = "CONNECTION_FAILED"
        /// The store answered with an error that is none of the above.
        case storeError = "STORE_ERROR"
        /// No room on the disk.
        case diskFull = "DISK_FULL"
        /// The key's path would leave the destination.
        case destinationEscapesRoot = "DESTINATION_ESCAPES_ROOT"
        /// The destination is gone, may not be written to, or its disk fails. Mend it, then retry the job.
        case destinationUnwritable = "DESTINATION_UNWRITABLE"
        /// No usable credentials were found for the store.
        case credentialsUnavailable = "CREDENTIALS_UNAVAILABLE"
        /// A fault of ours. Report it.
        case `internal` = "INTERNAL"
    }

    /// What the store said, where it said something.
    package struct S3: Sendable, Hashable, Codable {
        package var code: String?
        package var httpStatus: Int?
        package var requestID: String?

        package init(code: String?, httpStatus: Int?, requestID: String?) {
            self.code = code
            self.httpStatus = httpStatus
            self.requestID = requestID
        }

        private enum CodingKeys: String, CodingKey {
            case code
            case httpStatus = "http_status"
            case requestID = "request_id"
        }
    }

    package var code: Code
    package var message: String
    /// Whether a later attempt may end better with nothing mended.
    package var retryable: Bool
    package var attempts: Int
    package var s3: S3?

    package init(_ code: Code, _ message: String, retryable: Bool = false, attempts: Int = 1, s3: S3? = nil) {
        self.code = code
        self.message = message
        self.retryable = retryable
        self.attempts = attempts
        self.s3 = s3
    }
}
