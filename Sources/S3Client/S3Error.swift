package import Model
import SigV4

/// Why an operation brought no result, after all retries.
///
/// Cancellation comes as `.cancelled` because the room's errors are typed; it is no failure, and nobody shows it as one.
package struct S3Error: Error, Sendable {
    /// What happened. Each says what a user should do.
    package enum Code: String, Sendable, Hashable {
        /// The credentials do not allow this. Mend the policy or the credentials.
        case accessDenied
        /// The store does not know the access key, or the signature is wrong. Mend the credentials.
        case invalidCredentials
        /// The credentials ran out and refreshing them did not help.
        case expiredCredentials
        /// No credentials were found. Configure some.
        case credentialsUnavailable
        /// The bucket does not exist. Create it or mend the name.
        case noSuchBucket
        /// The object (or for HEAD requests perhaps the bucket) does not exist.
        case noSuchKey
        /// The multipart upload is over: completed, or aborted. After a lost reply it may have succeeded.
        case noSuchUpload
        /// A condition of the request was false.
        case preconditionFailed
        /// Another write to the key came in between; a multipart upload starts afresh.
        case conditionalConflict
        /// The parts that complete an upload are not those that the store has.
        case invalidPart
        /// What arrived is not what was computed here.
        case checksumMismatch
        /// The store asked to slow down until the time for retries was over.
        case throttled
        /// No answer in time.
        case timeout
        /// No connection, or it broke.
        case connectionFailed
        /// The store's certificate is not trusted, or there is no common TLS. Check `ca_file`.
        case tls
        /// The bucket is in another region than was said, and the store would not tell which.
        case wrongRegion
        /// The clocks differ by more than 15 minutes, and the store's date did not help. Set the clock.
        case clockSkew
        /// The store does not know the operation, a header or a checksum. Configure what it can.
        case notImplemented
        /// The store found the request senseless.
        case invalidRequest
        /// The store has a fault, again and again.
        case storeFault
        /// The reply cannot be read.
        case malformedReply
        /// The body's file could not be read, or ended early.
        case sourceUnreadable
        /// The reply could not be written to the file.
        case sinkUnwritable
        /// The disk is full.
        case diskFull
        /// The task was cancelled, or the permit was not granted any more.
        case cancelled
        /// The transport was stopped.
        case stopped
        /// Anything else the store says; `rawCode` has its words.
        case other
    }

    package var code: Code
    /// The store's own word, `SlowDown`; nil when it said none.
    package var rawCode: String?
    /// HTTP; nil when no reply came.
    package var status: Int?
    /// `x-amz-request-id`: what the store's support asks for.
    package var requestID: String?
    package var operation: S3Operation
    /// For people. Holds no URL, header or secret.
    package var message: String
    /// What it means for another try.
    package var verdict: RetryVerdict
    /// Exchanges that were begun, this one included.
    package var attempts: Int
    /// The bucket's region, where the store named it.
    package var region: String?
    /// What the request was signed for.
    var signedRegion: String?
    /// The time of day that the store's reply carried.
    var storeTime: Timestamp?
    /// What the request was signed with, where it was refused as run out.
    var refusedCredentials: Credentials?

    package init(
        _ code: Code, operation: S3Operation, message: String, verdict: RetryVerdict = .giveUp, rawCode: String? = nil,
        status: Int? = nil, requestID: String? = nil, attempts: Int = 1, region: String? = nil
    ) {
        self.code = code
        self.rawCode = rawCode
        self.status = status
        self.requestID = requestID
        self.operation = operation
        self.message = message
        self.verdict = verdict
        self.attempts = attempts
        self.region = region
    }
}

extension S3Error: CustomStringConvertible {
    package var description: String {
        var facts = "\(operation.rawValue): \(rawCode ?? code.rawValue): \(message)"
        if let status { facts += " (HTTP \(status))" }
        if let requestID { facts += " [\(requestID)]" }
        return attempts > 1 ? facts + " after \(attempts) attempts" : facts
    }
}
