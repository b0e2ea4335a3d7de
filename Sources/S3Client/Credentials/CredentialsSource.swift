package import SigV4

/// One place where credentials may be found.
package protocol CredentialsSource: Sendable {
    /// For messages: `the environment`.
    var name: String { get }

    /// Whether credentials of this place stay in use beyond their end while it hands out no others: AWS prolongs those of
    /// an instance while its metadata service is in trouble ("static stability").
    var isStable: Bool { get }

    /// Throws when something is configured there and it is unusable; the error does not repeat the source's name.
    func load() async throws(CredentialsError) -> CredentialsAnswer
}

extension CredentialsSource {
    package var isStable: Bool { false }
}

/// What one place says.
package enum CredentialsAnswer: Sendable {
    case found(Credentials)
    /// Nothing is configured there, and why it looks so: the next source is asked.
    case nothing(String)
}
