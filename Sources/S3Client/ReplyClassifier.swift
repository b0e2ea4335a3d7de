import CurlTransport
import Model
import SigV4

/// What an answer, or the lack of one, means. The one place that decides what is tried again.
enum ReplyClassifier {
    /// For an exchange that brought no reply.
    static func error(_ cause: TransportError, operation: S3Operation, usedFreshConnection: Bool) -> S3Error {
        let code: S3Error.Code
        let verdict: RetryVerdict
        switch cause.code {
        case .resolve, .connect, .refusedAddress: (code, verdict) = (.connectionFailed, .unreachable)
        case .tls: (code, verdict) = (.tls, isTrustFault(cause) ? .giveUp : .unreachable)
        // Connected and never answered: such a store may stay so, and each try takes the whole time-out. Attempts bound it.
        case .timeout: (code, verdict) = (.timeout, .retry(after: nil))
        case .reset where cause.reusedConnection && !usedFreshConnection:
            (code, verdict) = (.connectionFailed, .staleConnection)
        case .reset, .truncated: (code, verdict) = (.connectionFailed, .unreachable)
        case .sourceRead: (code, verdict) = (.sourceUnreadable, .giveUp)
        case .sinkWrite: (code, verdict) = (isFull(cause) ? .diskFull : .sinkUnwritable, .giveUp)
        case .tooLarge: (code, verdict) = (.malformedReply, .giveUp)
        case .cancelled: (code, verdict) = (.cancelled, .giveUp)
        case .stopped: (code, verdict) = (.stopped, .giveUp)
        case .invalidRequest: (code, verdict) = (.invalidRequest, .giveUp)
        case .other: (code, verdict) = (.connectionFailed, .retry(after: nil))
        }
        return S3Error(code, operation: operation, message: cause.message, verdict: verdict)
    }

    /// For a reply with a status of 300 or more, or one whose body is an error document.
    ///
    /// - Parameter time: that the request was signed for.
    static func error(
        _ reply: Reply, operation: S3Operation, signedWith credentials: Credentials? = nil, at time: Timestamp? = nil
    ) -> S3Error {
        let document = ErrorDocument(reply.body)
        let rawCode = document.flatMap { $0.code.isEmpty ? nil : $0.code }
        let region = reply.headers["x-amz-bucket-region"] ?? document?.region
        let code = self.code(
            rawCode, status: reply.status, operation: operation, namesRegion: region != nil)
        var error = S3Error(
            code, operation: operation, message: document?.message ?? "the store answered with status \(reply.status)",
            verdict: verdict(
                code: code, rawCode: rawCode, status: reply.status, after: RetryAfter.read(reply.headers),
                operation: operation),
            rawCode: rawCode, status: reply.status, requestID: reply.headers["x-amz-request-id"] ?? document?.requestID)
        error.region = region
        let storeTime = reply.headers["date"].flatMap { Timestamp(httpDate: $0) }
        // A head that is refused for its time says 403 and nothing else.
        if rawCode == nil, code == .accessDenied, operation.isHead, let storeTime, let time,
            abs(storeTime.microseconds - time.microseconds) > allowedSkewInMicroseconds
        {
            error.code = .clockSkew
        }
        if error.code == .clockSkew { error.storeTime = storeTime }
        // A head that is refused for its run-out session says 400 and nothing else: refreshing is worth one try.
        if rawCode == nil, reply.status == 400, operation.isHead, credentials?.sessionToken != nil {
            error.verdict = .refreshCredentials
        }
        if error.verdict == .refreshCredentials { error.refusedCredentials = credentials }
        return error
    }

    /// AWS user guide, "Troubleshooting": 15 minutes.
    private static let allowedSkewInMicroseconds: Int64 = 900_000_000

    /// For a reply of success that cannot be read: taken for a fault on the way.
    static func malformed(_ reply: Reply, operation: S3Operation, _ message: String) -> S3Error {
        S3Error(
            .malformedReply, operation: operation, message: message, verdict: .retry(after: nil), status: reply.status,
            requestID: reply.headers["x-amz-request-id"])
    }

    private static func verdict(
        code: S3Error.Code, rawCode: String?, status: Int, after: Duration?, operation: S3Operation
    ) -> RetryVerdict {
        switch code {
        case .throttled: .throttled(after: after)
        case .expiredCredentials: .refreshCredentials
        // The session or the key was exchanged meanwhile, and its place has the new one.
        case .invalidCredentials where rawCode == "InvalidToken" || rawCode == "InvalidAccessKeyId": .refreshCredentials
        case .storeFault, .timeout, .malformedReply: .retry(after: after)
        // The same bytes with the same checksum would be refused again: the caller reads and sums them anew. A body
        // that broke off is a fault of the way.
        case .checksumMismatch:
            operation.carriesChecksums && rawCode != "IncompleteBody" ? .giveUp : .retry(after: after)
        case .other where status >= 500: .retry(after: after)
        // Another writer of the same key is at work: S3 asks to try again, but a multipart upload with a new one (AWS user
        // guide, "Conditional requests").
        case .conditionalConflict:
            operation == .completeMultipartUpload && rawCode != "OperationAborted" ? .giveUp : .retry(after: after)
        default: .giveUp
        }
    }

    /// - Parameter namesRegion: whether the reply says where the bucket is.
    private static func code(
        _ rawCode: String?, status: Int, operation: S3Operation, namesRegion: Bool
    ) -> S3Error.Code {
        // Malformed for another reason than its region: the credentials are what is left.
        if rawCode == "AuthorizationHeaderMalformed", !namesRegion { return .invalidCredentials }
        if let known = rawCode.flatMap({ codes[$0] }) { return known }
        if rawCode == nil, status == 400, operation.isHead, namesRegion { return .wrongRegion }
        // An error inside a 200 means what its code says; one that nobody knows is the store's fault.
        return code(forStatus: status < 300 ? 500 : status, operation: operation)
    }

    private static func code(forStatus status: Int, operation: S3Operation) -> S3Error.Code {
        switch status {
        case 301, 307, 308: .wrongRegion
        case 401, 403: .accessDenied
        case 404: operation == .headBucket || operation == .listObjectsV2 ? .noSuchBucket : .noSuchKey
        case 408: .timeout
        case 409: .conditionalConflict
        case 412, 304: .preconditionFailed
        case 429, 503, 509: .throttled
        case 501: .notImplemented
        case 400..<500: .invalidRequest
        case 500...: .storeFault
        default: .other
        }
    }

    /// S3's words and those of stores like it (S3 API reference, "List of error codes"; FACTS of aws-c-s3 and botocore).
    private static let codes: [String: S3Error.Code] = [
        "AccessDenied": .accessDenied, "AllAccessDisabled": .accessDenied, "AccountProblem": .accessDenied,
        "InvalidAccessKeyId": .invalidCredentials, "SignatureDoesNotMatch": .invalidCredentials,
        "InvalidToken": .invalidCredentials, "ExpiredToken": .expiredCredentials,
        "ExpiredTokenException": .expiredCredentials, "TokenRefreshRequired": .expiredCredentials,
        "RequestExpired": .expiredCredentials, "NoSuchBucket": .noSuchBucket, "NoSuchKey": .noSuchKey,
        "NoSuchVersion": .noSuchKey, "NoSuchUpload": .noSuchUpload, "PreconditionFailed": .preconditionFailed,
        "ConditionalRequestConflict": .conditionalConflict, "OperationAborted": .conditionalConflict,
        "InvalidPart": .invalidPart, "InvalidPartOrder": .invalidPart, "EntityTooSmall": .invalidPart,
        "BadDigest": .checksumMismatch, "InvalidDigest": .checksumMismatch,
        "XAmzContentSHA256Mismatch": .checksumMismatch, "XAmzContentChecksumMismatch": .checksumMismatch,
        "IncompleteBody": .checksumMismatch, "SlowDown": .throttled, "SlowDownRead": .throttled,
        "SlowDownWrite": .throttled, "Throttling": .throttled, "ThrottlingException": .throttled,
        "ThrottledException": .throttled, "RequestLimitExceeded": .throttled, "RequestThrottled": .throttled,
        "TooManyRequests": .throttled, "BandwidthLimitExceeded": .throttled, "ServiceUnavailable": .throttled,
        "RequestTimeout": .timeout, "InternalError": .storeFault, "InternalErrors": .storeFault,
        "RequestTimeTooSkewed": .clockSkew, "PermanentRedirect": .wrongRegion, "TemporaryRedirect": .wrongRegion,
        "AuthorizationHeaderMalformed": .wrongRegion, "IllegalLocationConstraintException": .wrongRegion,
        "NotImplemented": .notImplemented, "InvalidRequest": .invalidRequest, "InvalidArgument": .invalidRequest,
        "KeyTooLongError": .invalidRequest, "EntityTooLarge": .invalidRequest, "MethodNotAllowed": .notImplemented,
    ]

    /// Certificates that are not trusted or can't be read stay so; a handshake that broke may not (libcurl-errors).
    private static func isTrustFault(_ cause: TransportError) -> Bool {
        [58, 59, 60, 66, 77, 80, 83, 90, 91].contains(cause.curlCode)
    }

    /// ENOSPC, EDQUOT.
    private static func isFull(_ cause: TransportError) -> Bool {
        cause.errno == 28 || cause.errno == 122
    }
}
