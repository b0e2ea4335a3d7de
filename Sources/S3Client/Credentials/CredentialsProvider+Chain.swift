extension CredentialsProvider {
    /// The standard chain (AWS SDK reference, "Standardized credential providers"): the environment's keys, the profile of
    /// the shared files, web identity, the container's endpoint, the instance's metadata.
    ///
    /// A profile that somebody named makes the environment's keys and web identity count for nothing. One that
    /// `AWS_PROFILE` names must exist; one that the settings name (`profile`) must have credentials, nothing else is asked.
    package static func chain(
        _ surroundings: CredentialsSurroundings, profile: String? = nil,
        onFailedRenewal: @escaping @Sendable (CredentialsError) -> Void = { _ in }
    ) -> CredentialsProvider {
        let shared = SharedConfiguration(
            environment: surroundings.variables, profile: profile, readFile: surroundings.readFile)
        func fromFiles(_ demand: ProfileCredentials.Demand) -> ProfileCredentials {
            ProfileCredentials(shared, surroundings: surroundings, demand: demand)
        }
        let ofTheMachine: [any CredentialsSource] = [
            ContainerCredentials(surroundings: surroundings), InstanceCredentials(surroundings: surroundings),
        ]
        let sources: [any CredentialsSource]
        if profile != nil {
            sources = [fromFiles(.credentials)]
        } else if surroundings.variable("AWS_PROFILE") != nil {
            sources = [fromFiles(.profile)] + ofTheMachine
        } else {
            sources =
                [
                    FixedCredentials(environment: surroundings.variables), fromFiles(.nothing),
                    WebIdentityCredentials(surroundings: surroundings),
                ] + ofTheMachine
        }
        return CredentialsProvider(sources, clock: surroundings.clock, onFailedRenewal: onFailedRenewal)
    }
}
