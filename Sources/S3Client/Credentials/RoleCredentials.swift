import SigV4

/// A role's credentials, asked for with others (AssumeRole). Those are loaded anew each time: a role lasts an hour.
struct RoleCredentials: CredentialsSource {
    let role: AssumedRole
    let base: any CredentialsSource
    let service: TokenService

    var name: String { "role \(role.arn)" }

    func load() async throws(CredentialsError) -> CredentialsAnswer {
        switch try await base.load() {
        case .found(let credentials): return .found(try await service.assume(role, as: credentials))
        case .nothing(let reason):
            throw CredentialsError("nothing to ask for \(name) with: \(base.name): \(reason)")
        }
    }
}
