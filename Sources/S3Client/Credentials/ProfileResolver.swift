import SigV4

/// What a profile's settings say where its credentials come from (AWS SDK reference, "Assume role credential provider").
struct ProfileResolver {
    let profiles: SharedProfiles
    /// The profile that was asked for: its region is the one whose token service is asked.
    let root: String
    let surroundings: CredentialsSurroundings

    /// Nil when the profile is absent or has none.
    ///
    /// - Parameter chain: the profiles whose roles are assumed with it, outermost first.
    func source(of name: String, below chain: [String] = []) throws(CredentialsError) -> (any CredentialsSource)? {
        guard let profile = profiles[name] else { return nil }
        // A profile that is its own source has keys beside its role.
        if let arn = profile["role_arn"], chain.last != name {
            if chain.contains(name) {
                throw CredentialsError("source_profile goes round: \((chain + [name]).joined(separator: " -> "))")
            }
            return try role(arn, of: name, profile, below: chain)
        }
        if let keys = try Self.keys(profile) { return FixedCredentials(keys, name: "profile \(name)") }
        if let command = profile["credential_process"] {
            return ProcessCredentials(command: command, surroundings: surroundings)
        }
        if profile["sso_session"] != nil || profile["sso_start_url"] != nil {
            throw CredentialsError(
                "profile \(name) signs in by a browser (SSO); `credential_process = aws configure export-credentials "
                    + "--profile ...` in a profile beside it makes its session usable")
        }
        return nil
    }

    private func role(
        _ arn: String, of name: String, _ profile: [String: String], below chain: [String]
    ) throws(CredentialsError) -> any CredentialsSource {
        if profile["mfa_serial"] != nil {
            throw CredentialsError("profile \(name) has an mfa_serial, and a service has nobody to ask for the code")
        }
        var role = AssumedRole(
            arn: arn, sessionName: profile["role_session_name"] ?? AssumedRole.sessionName(surroundings))
        role.externalID = profile["external_id"]
        if let text = profile["duration_seconds"] {
            guard let seconds = Int(text), (900...43_200).contains(seconds) else {
                throw CredentialsError("duration_seconds of profile \(name) is not from 900 to 43200")
            }
            role.durationInSeconds = seconds
        }
        let service = TokenService(surroundings: surroundings, region: profiles[root]?["region"])
        if let file = profile["web_identity_token_file"] {
            return WebIdentityCredentials(role: role, tokenFile: file, service: service)
        }
        return RoleCredentials(
            role: role, base: try base(of: name, profile, below: chain), service: service)
    }

    /// Whose credentials ask for the role.
    private func base(
        of name: String, _ profile: [String: String], below chain: [String]
    ) throws(CredentialsError) -> any CredentialsSource {
        switch (profile["source_profile"], profile["credential_source"]) {
        case (let source?, nil):
            guard let base = try self.source(of: source, below: chain + [name]) else {
                throw CredentialsError(
                    "source_profile \(source) of profile \(name) does not exist or has no credentials")
            }
            return base
        case (nil, "Environment"?): return FixedCredentials(environment: surroundings.variables)
        case (nil, "Ec2InstanceMetadata"?): return InstanceCredentials(surroundings: surroundings)
        case (nil, "EcsContainer"?): return ContainerCredentials(surroundings: surroundings)
        case (nil, .some):
            throw CredentialsError(
                "credential_source of profile \(name) is not Environment, Ec2InstanceMetadata or EcsContainer")
        default:
            throw CredentialsError(
                "profile \(name) has a role_arn and needs either source_profile or credential_source")
        }
    }

    private static func keys(_ profile: [String: String]) throws(CredentialsError) -> Credentials? {
        guard let accessKeyID = profile["aws_access_key_id"], !accessKeyID.isEmpty else { return nil }
        guard let secret = profile["aws_secret_access_key"], !secret.isEmpty else {
            throw CredentialsError("aws_secret_access_key is missing, though its other half is there")
        }
        return Credentials(
            accessKeyID: accessKeyID, secretAccessKey: secret, sessionToken: profile["aws_session_token"])
    }
}
