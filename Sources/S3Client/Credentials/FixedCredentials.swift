package import SigV4

/// Credentials that are known from the start: from the settings or the environment.
package struct FixedCredentials: CredentialsSource {
    package let name: String
    private let answer: Result<CredentialsAnswer, CredentialsError>

    package init(_ credentials: Credentials, name: String = "the settings") {
        self.name = name
        answer = .success(.found(credentials))
    }

    /// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN` (AWS SDK reference, "AWS access keys").
    package init(environment: [String: String]) {
        name = "the environment"
        let accessKeyID = environment["AWS_ACCESS_KEY_ID"] ?? ""
        let secret = environment["AWS_SECRET_ACCESS_KEY"] ?? ""
        switch (accessKeyID.isEmpty, secret.isEmpty) {
        case (false, false):
            answer = .success(
                .found(
                    Credentials(
                        accessKeyID: accessKeyID, secretAccessKey: secret,
                        sessionToken: environment["AWS_SESSION_TOKEN"])))
        case (true, true): answer = .success(.nothing("AWS_ACCESS_KEY_ID is not set"))
        default:
            let missing = secret.isEmpty ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID"
            answer = .failure(CredentialsError("\(missing) is not set, though its other half is"))
        }
    }

    package func load() async throws(CredentialsError) -> CredentialsAnswer { try answer.get() }
}
