/// Credentials as a profile of the shared files has them: an assumed role, keys, or a process (in this order).
package struct ProfileCredentials: CredentialsSource {
    /// What must be there; anything less is an error, and nothing further is asked.
    package enum Demand: Sendable {
        case nothing
        /// Somebody named this profile: a slip in its name must not end in another identity.
        case profile
        case credentials
    }

    private let configuration: SharedConfiguration
    private let surroundings: CredentialsSurroundings
    private let demand: Demand

    package init(_ configuration: SharedConfiguration, surroundings: CredentialsSurroundings, demand: Demand) {
        self.configuration = configuration
        self.surroundings = surroundings
        self.demand = demand
    }

    package var name: String { "profile \(configuration.profileName)" }

    package func load() async throws(CredentialsError) -> CredentialsAnswer {
        let profiles = await surroundings.blocking { configuration.profiles() }
        guard profiles[configuration.profileName] != nil else {
            let reason = "it is in neither shared file"
            if demand != .nothing { throw CredentialsError(reason) }
            return .nothing(reason)
        }
        let resolver = ProfileResolver(
            profiles: profiles, root: configuration.profileName, surroundings: surroundings)
        guard let source = try resolver.source(of: configuration.profileName) else {
            let reason = "it has no aws_access_key_id, role_arn or credential_process"
            if demand == .credentials { throw CredentialsError(reason) }
            return .nothing(reason)
        }
        return try await source.load()
    }
}
