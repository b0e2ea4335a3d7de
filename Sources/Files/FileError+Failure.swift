package import Model

extension FileError {
    /// What a file's record says when its source failed. Not for `.cancelled` and `.stopped`, which are no failures: the
    /// file goes back to waiting.
    package var sourceFailure: Failure {
        switch code {
        case .changed: Failure(.sourceChanged, message, retryable: true)
        case .notFound, .vanished: Failure(.sourceVanished, message)
        case .descriptorsExhausted, .cancelled, .stopped, .ioError: Failure(.sourceUnreadable, message, retryable: true)
        default: Failure(.sourceUnreadable, message)
        }
    }

    /// What a file's record says when it could not be written.
    package var destinationFailure: Failure {
        switch code {
        case .diskFull: Failure(.diskFull, message, retryable: true)
        case .notAllowed: Failure(.destinationEscapesRoot, message)
        case .nameTooLong, .invalidPath, .notDirectory, .notRegular, .exists: Failure(.invalidKey, message)
        // The directory was removed, may not be written to, or its disk fails.
        default: Failure(.destinationUnwritable, message, retryable: true)
        }
    }
}
