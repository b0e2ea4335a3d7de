/// Why there are no credentials. Holds no secret.
package struct CredentialsError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: Sendable, Hashable {
        /// Nothing is configured, or what is can't be used. Mend the configuration.
        case unavailable
        /// Who hands them out does not answer now, or gave some before and fails now. Asking again later may help.
        case away
        /// Who asked was cancelled meanwhile: no failure.
        case cancelled
    }

    package let code: Code
    /// Which places were asked, and why each had nothing.
    package let message: String

    package init(_ message: String, code: Code = .unavailable) {
        self.message = message
        self.code = code
    }

    package var description: String { message }

    static let cancelled = CredentialsError("cancelled while waiting for credentials", code: .cancelled)
}
