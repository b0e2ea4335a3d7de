import SigV4

/// A role's credentials for a token that an identity provider keeps in a file, as Kubernetes does
/// (AssumeRoleWithWebIdentity). The file is read anew each time.
package struct WebIdentityCredentials: CredentialsSource {
    package let name = "web identity"
    private let role: AssumedRole?
    private let tokenFile: String?
    private let service: TokenService

    /// `AWS_WEB_IDENTITY_TOKEN_FILE`, `AWS_ROLE_ARN` and `AWS_ROLE_SESSION_NAME`.
    package init(surroundings: CredentialsSurroundings) {
        tokenFile = surroundings.variable("AWS_WEB_IDENTITY_TOKEN_FILE")
        role = surroundings.variable("AWS_ROLE_ARN").map { arn in
            AssumedRole(
                arn: arn,
                sessionName: surroundings.variable("AWS_ROLE_SESSION_NAME") ?? AssumedRole.sessionName(surroundings))
        }
        service = TokenService(surroundings: surroundings, region: nil)
    }

    init(role: AssumedRole, tokenFile: String, service: TokenService) {
        self.role = role
        self.tokenFile = tokenFile
        self.service = service
    }

    package func load() async throws(CredentialsError) -> CredentialsAnswer {
        guard let tokenFile else { return .nothing("AWS_WEB_IDENTITY_TOKEN_FILE is not set") }
        guard let role else { throw CredentialsError("AWS_ROLE_ARN is not set, though AWS_WEB_IDENTITY_TOKEN_FILE is") }
        guard let token = await service.surroundings.token(at: tokenFile), !token.isEmpty else {
            throw CredentialsError("the token file \(tokenFile) can't be read or is empty")
        }
        return .found(try await service.assume(role, webIdentity: SecretBytes(token)))
    }
}
