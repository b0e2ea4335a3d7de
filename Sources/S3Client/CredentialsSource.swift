package import SigV4

/// One place where credentials may be found. A further kind (assumed role, process, web identity, container, instance) is a
/// further conformer.
package protocol CredentialsSource: Sendable {
    /// For messages: `the environment`.
    var name: String { get }

    /// Nil when nothing is configured there: the next source is asked. Throws when something is, and it is unusable.
    func load() async throws(CredentialsError) -> Credentials?
}
