import Model

extension S3Error {
    /// What it means for a request that there is nothing to sign it with.
    ///
    /// Who hands credentials out and is away is waited for like a store that is away; what is not there, is not.
    init(_ cause: CredentialsError, operation: S3Operation) {
        switch cause.code {
        case .unavailable: self.init(.credentialsUnavailable, operation: operation, message: cause.message)
        case .away:
            self.init(.credentialsUnavailable, operation: operation, message: cause.message, verdict: .unreachable)
        case .cancelled: self.init(.cancelled, operation: operation, message: cause.message)
        }
    }
}
