import Foundation
import S3Client
import SigV4
import Support
import Testing

/// Roles: whose credentials ask for them, what the token service is asked, and what its answers mean.
@Suite(.timeLimit(.minutes(5))) struct RoleTests {
    private static let config = """
        [profile keys]
        aws_access_key_id = BASE
        aws_secret_access_key = s
        [profile role]
        role_arn = arn:aws:iam::1:role/a
        source_profile = keys
        region = eu-west-1
        role_session_name = nightly
        external_id = x/y z
        duration_seconds = 1800
        [profile chained]
        role_arn = arn:aws:iam::1:role/b
        source_profile = role
        [profile own]
        role_arn = arn:aws:iam::1:role/c
        source_profile = own
        aws_access_key_id = OWN
        aws_secret_access_key = s
        [profile from-environment]
        role_arn = arn:aws:iam::1:role/d
        credential_source = Environment
        [profile from-container]
        role_arn = arn:aws:iam::1:role/d
        credential_source = EcsContainer
        [profile from-instance]
        role_arn = arn:aws:iam::1:role/d
        credential_source = Ec2InstanceMetadata
        [profile identity]
        role_arn = arn:aws:iam::1:role/e
        web_identity_token_file = /token
        [profile round]
        role_arn = arn:aws:iam::1:role/f
        source_profile = trip
        [profile trip]
        role_arn = arn:aws:iam::1:role/g
        source_profile = round
        [profile lost]
        role_arn = arn:aws:iam::1:role/h
        source_profile = nowhere
        [profile alone]
        role_arn = arn:aws:iam::1:role/i
        [profile strange]
        role_arn = arn:aws:iam::1:role/j
        credential_source = Elsewhere
        [profile short]
        role_arn = arn:aws:iam::1:role/k
        source_profile = keys
        duration_seconds = 60
        [profile code]
        role_arn = arn:aws:iam::1:role/l
        source_profile = keys
        mfa_serial = m
        [profile browser]
        sso_session = s
        """

    private func world(
        _ replies: [ScriptedServer.Reply], variables: [String: String] = [:],
        otherwise: ScriptedServer.Reply = .reset
    ) throws -> CredentialsWorld {
        try CredentialsWorld(
            variables: ["AWS_ENDPOINT_URL_STS": "{server}/base"].merging(variables) { $1 },
            files: ["/home/me/.aws/config": Self.config, "/token": "identity+token\n"], replies, otherwise: otherwise)
    }

    private func form(_ request: ScriptedServer.Request) -> [String: String] {
        var components = URLComponents()
        components.percentEncodedQuery = String(decoding: request.body, as: UTF8.self)
        return (components.queryItems ?? []).reduce(into: [:]) { $0[$1.name] = $1.value }
    }

    private func signedBy(_ request: ScriptedServer.Request) -> Substring? {
        request["authorization"]?.firstRange(of: "Credential=").map { range in
            request["authorization"]?[range.upperBound...].prefix { $0 != "," } ?? ""
        }
    }

    @Test func aRoleIsAskedForWithTheSourceProfile() async throws {
        let world = try world([.role("ROLE")])
        let found = try await world.credentials(profile: "role").get()
        #expect(
            found
                == Credentials(
                    accessKeyID: "ROLE", secretAccessKey: "hush", sessionToken: "session",
                    expiration: SigningTime(secondsSince1970: world.manual.time.secondsSince1970 + 3600)))
        let request = try #require(world.server.requests.first)
        #expect(request.method == "POST" && request.target == "/base/")
        #expect(
            form(request) == [
                "Action": "AssumeRole", "Version": "2011-06-15", "RoleArn": "arn:aws:iam::1:role/a",
                "RoleSessionName": "nightly", "ExternalId": "x/y z", "DurationSeconds": "1800",
            ])
        #expect(signedBy(request) == "BASE/20150830/eu-west-1/sts/aws4_request")
    }

    /// What the service receives verifies against the key that was to sign it.
    @Test func requestsAreSignedAsTheServiceVerifies() async throws {
        let world = try world([.role("ROLE")])
        _ = try await world.credentials(profile: "role").get()
        let request = try #require(world.server.requests.first)
        var headers = CanonicalHeaders()
        for name in ["content-type", "host", "x-amz-content-sha256", "x-amz-date"] {
            headers.append(name, try #require(request[name]))
        }
        let canonical = CanonicalRequest(
            method: "POST", path: Array("/base/".utf8), query: [], headers: headers,
            payloadHash: PayloadHash.sha256(SHA256Hash(of: request.body)).text)
        let signer = RequestSigner(
            credentials: Credentials(accessKeyID: "BASE", secretAccessKey: "s"), region: "eu-west-1", service: "sts")
        #expect(
            request["authorization"]
                == String(decoding: signer.authorization(for: canonical, at: world.manual.time), as: UTF8.self))
    }

    @Test func rolesAreChained() async throws {
        let world = try world([.role("FIRST"), .role("SECOND")])
        #expect(await world.credentials(profile: "chained").keyID == "SECOND")
        let requests = world.server.requests
        #expect(requests.map { form($0)["RoleArn"] } == ["arn:aws:iam::1:role/a", "arn:aws:iam::1:role/b"])
        #expect(requests.map { signedBy($0)?.prefix { $0 != "/" } } == ["BASE", "FIRST"])
        #expect(requests[1]["x-amz-security-token"] == "session")
        #expect(form(requests[1])["RoleSessionName"] == "longshore-1440938160")
    }

    @Test func theSourceMayBeTheProfileItselfOrTheMachine() async throws {
        func signer(
            _ profile: String, _ replies: [ScriptedServer.Reply], _ variables: [String: String] = [:]
        ) async throws -> Substring? {
            let world = try world(replies + [.role("ROLE")], variables: variables)
            #expect(await world.credentials(profile: profile).keyID == "ROLE")
            return world.server.requests.last.flatMap { signedBy($0) }?.prefix { $0 != "/" }
        }
        #expect(try await signer("own", []) == "OWN")
        #expect(
            try await signer("from-environment", [], ["AWS_ACCESS_KEY_ID": "ENV", "AWS_SECRET_ACCESS_KEY": "s"])
                == "ENV")
        #expect(
            try await signer(
                "from-container", [.document("BOX")], ["AWS_CONTAINER_CREDENTIALS_FULL_URI": "{server}/c"]) == "BOX")
        #expect(
            try await signer(
                "from-instance", ScriptedServer.Reply.instance("VM"), ["AWS_EC2_METADATA_SERVICE_ENDPOINT": "{server}"])
                == "VM")
    }

    @Test func anIdentityTokenNeedsNoSignature() async throws {
        let replies = [ScriptedServer.Reply.role("ROLE", action: "AssumeRoleWithWebIdentity")]
        let ofProfile = try world(replies)
        #expect(await ofProfile.credentials(profile: "identity").keyID == "ROLE")
        let ofEnvironment = try world(
            replies,
            variables: [
                "AWS_WEB_IDENTITY_TOKEN_FILE": "/token", "AWS_ROLE_ARN": "arn:aws:iam::1:role/e",
                "AWS_ROLE_SESSION_NAME": "pod",
            ])
        #expect(await ofEnvironment.credentials().keyID == "ROLE")
        for (world, session) in [(ofProfile, "longshore-1440938160"), (ofEnvironment, "pod")] {
            let request = try #require(world.server.requests.first)
            #expect(request["authorization"] == nil)
            #expect(
                form(request) == [
                    "Action": "AssumeRoleWithWebIdentity", "Version": "2011-06-15", "RoleArn": "arn:aws:iam::1:role/e",
                    "RoleSessionName": session, "WebIdentityToken": "identity+token",
                ])
        }
    }

    @Test(arguments: [
        ("round", "source_profile goes round: round -> trip -> round"),
        ("lost", "source_profile nowhere of profile lost does not exist or has no credentials"),
        ("alone", "profile alone has a role_arn and needs either source_profile or credential_source"),
        ("strange", "credential_source of profile strange is not Environment, Ec2InstanceMetadata or EcsContainer"),
        ("short", "duration_seconds of profile short is not from 900 to 43200"),
        ("code", "profile code has an mfa_serial, and a service has nobody to ask for the code"),
        (
            "from-environment",
            "nothing to ask for role arn:aws:iam::1:role/d with: the environment: "
                + "AWS_ACCESS_KEY_ID is not set"
        ),
        (
            "browser",
            "profile browser signs in by a browser (SSO); `credential_process = aws configure "
                + "export-credentials --profile ...` in a profile beside it makes its session usable"
        ),
    ])
    func aProfileThatCannotBeMeantIsSaid(profile: String, complaint: String) async throws {
        let world = try world([])
        #expect(
            await world.credentials(profile: profile).error
                == CredentialsError("no credentials: profile \(profile): \(complaint)"))
        #expect(world.server.requests.isEmpty)
    }

    @Test func theServicesRefusalIsSaid() async throws {
        let world = try world([.refusal(403, "AccessDenied")])
        let error = try #require(await world.credentials(profile: "role").error)
        #expect(error.code == .unavailable && world.server.requests.count == 1)
        #expect(error.message.hasSuffix(": AccessDenied: no") && !error.message.contains("hush"))
    }

    @Test func aServiceInTroubleIsAskedThreeTimes() async throws {
        let calm = try world([.refusal(500, "InternalFailure"), .reset, .role("ROLE")])
        #expect(await calm.credentials(profile: "role").keyID == "ROLE")
        #expect(calm.manual.waits == [.milliseconds(400), .milliseconds(800)])
        let down = try world([], otherwise: .refusal(503, "ServiceUnavailable"))
        #expect(await down.credentials(profile: "role").error?.code == .away && down.server.requests.count == 3)
    }

    @Test func theServicesClockIsTakenOnce() async throws {
        let date = ["Date: Sun, 30 Aug 2015 12:56:00 GMT"]
        let world = try world([.refusal(403, "SignatureDoesNotMatch", headers: date), .role("ROLE")])
        #expect(await world.credentials(profile: "role").keyID == "ROLE")
        #expect(world.server.requests.map { $0["x-amz-date"] } == ["20150830T123600Z", "20150830T125600Z"])
        let stubborn = try self.world([], otherwise: .refusal(403, "SignatureDoesNotMatch", headers: date))
        #expect(await stubborn.credentials(profile: "role").error?.code == .unavailable)
        #expect(stubborn.server.requests.count == 2)
    }
}
