/// Why there are no credentials. Holds no secret.
package struct CredentialsError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Which place, and what is wrong with it.
    package let message: String

    package init(_ message: String) {
        self.message = message
    }

    package var description: String { message }
}
