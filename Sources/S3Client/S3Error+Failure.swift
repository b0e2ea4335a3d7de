package import Model

extension Failure {
    /// An operation's error in the words of the jobs' API.
    package init(_ error: S3Error) {
        let said =
            error.status == nil && error.rawCode == nil
            ? nil : S3(code: error.rawCode, httpStatus: error.status, requestID: error.requestID)
        self.init(
            Failure.code(for: error.code), "\(error.operation.rawValue): \(error.message)",
            retryable: error.verdict != .giveUp, attempts: error.attempts, s3: said)
    }

    /// API.md's code for each of ours.
    package static func code(for code: S3Error.Code) -> Code {
        switch code {
        case .accessDenied, .invalidCredentials, .expiredCredentials: .accessDenied
        case .credentialsUnavailable: .credentialsUnavailable
        case .noSuchBucket: .noSuchBucket
        case .noSuchKey: .noSuchKey
        case .preconditionFailed, .conditionalConflict: .preconditionFailed
        case .checksumMismatch: .checksumMismatch
        case .throttled: .throttled
        case .timeout: .timeout
        case .connectionFailed, .tls, .stopped: .connectionFailed
        case .sourceUnreadable: .sourceUnreadable
        case .diskFull, .sinkUnwritable: .diskFull
        case .noSuchUpload, .invalidPart, .wrongRegion, .clockSkew, .notImplemented, .invalidRequest, .storeFault,
            .malformedReply, .other:
            .storeError
        case .cancelled: .internal
        }
    }
}
