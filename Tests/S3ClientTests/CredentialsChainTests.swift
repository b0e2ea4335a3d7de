import S3Client
import SigV4
import Testing

@Suite struct CredentialsChainTests {
    private static let now = SigningTime(secondsSince1970: 1_440_938_160)
    private static let files = [
        "/home/me/.aws/credentials": """
        # my keys
        [default]
        aws_access_key_id = FROMFILE
        aws_secret_access_key = se#cret=/+ # not part of it

        [other]
        aws_access_key_id=OTHER
        AWS_SECRET_ACCESS_KEY=second
        aws_session_token = token
        region = eu-west-3
        """,
        "/home/me/.aws/config": """
        [default]
        region = us-west-2
        s3 =
          max_concurrent_requests = 20
        [profile  other]
        region = eu-central-1
        [profile config-only]
        aws_access_key_id = CONFIG
        aws_secret_access_key = third
        [profile half]
        aws_access_key_id = HALF
        """,
        "/elsewhere": "[default]\naws_access_key_id = ELSEWHERE\naws_secret_access_key = x\n",
    ]

    private func credentials(
        _ environment: [String: String], profile: String? = nil
    ) async -> Result<Credentials, CredentialsError> {
        var environment = environment
        environment["HOME"] = "/home/me"
        let provider = CredentialsProvider.chain(
            environment: environment, profile: profile, readFile: { Self.files[$0].map { Array($0.utf8) } })
        do throws(CredentialsError) {
            return .success(try await provider.signer(region: "us-east-1", now: Self.now).credentials)
        } catch {
            return .failure(error)
        }
    }

    @Test func theEnvironmentWinsOverTheFiles() async throws {
        let keys = ["AWS_ACCESS_KEY_ID": "ENV", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t"]
        #expect(
            try await credentials(keys).get()
                == Credentials(accessKeyID: "ENV", secretAccessKey: "s", sessionToken: "t"))
        #expect(try await credentials(["AWS_PROFILE": "other"].merging(keys) { $1 }).get().accessKeyID == "ENV")
    }

    @Test func aProfileOfTheSettingsWinsOverTheEnvironment() async throws {
        let keys = ["AWS_ACCESS_KEY_ID": "ENV", "AWS_SECRET_ACCESS_KEY": "s"]
        #expect(
            try await credentials(keys, profile: "other").get()
                == Credentials(accessKeyID: "OTHER", secretAccessKey: "second", sessionToken: "token"))
    }

    @Test func filesAreReadByProfile() async throws {
        #expect(
            try await credentials([:]).get()
                == Credentials(accessKeyID: "FROMFILE", secretAccessKey: "se#cret=/+"))
        #expect(try await credentials(["AWS_PROFILE": "config-only"]).get().accessKeyID == "CONFIG")
        #expect(try await credentials(["AWS_SHARED_CREDENTIALS_FILE": "/elsewhere"]).get().accessKeyID == "ELSEWHERE")
    }

    @Test func whatIsBrokenIsSaid() async {
        #expect(
            await error(["AWS_ACCESS_KEY_ID": "ENV"]) == "AWS_SECRET_ACCESS_KEY is not set, though its other half is")
        #expect(await error(["AWS_PROFILE": "half"]) == "profile half has no aws_secret_access_key")
        #expect(await error([:], profile: "missing") == "profile missing is in neither shared file")
        #expect(await error(["AWS_PROFILE": "missing"]) == "no credentials in the environment, profile missing")
    }

    @Test func theRegionComesFromTheProfile() {
        func region(_ profile: String?) -> String? {
            SharedConfiguration(
                environment: ["HOME": "/home/me"], profile: profile, readFile: { Self.files[$0].map { Array($0.utf8) } }
            ).region
        }
        #expect(region(nil) == "us-west-2" && region("other") == "eu-west-3" && region("missing") == nil)
    }

    @Test func credentialsThatEndAreLoadedAnewBeforeTheyDo() async throws {
        let source = EndingCredentials()
        let provider = CredentialsProvider([source])
        func key(_ offset: Int64) async throws -> String {
            let now = SigningTime(secondsSince1970: Self.now.secondsSince1970 + offset)
            return try await provider.signer(region: "us-east-1", now: now).credentials.accessKeyID
        }
        #expect(try await key(0) == "KEY-1")
        #expect(try await key(2999) == "KEY-1")
        #expect(try await key(3001) == "KEY-2")
    }

    private func error(_ environment: [String: String], profile: String? = nil) async -> String? {
        if case .failure(let error) = await credentials(environment, profile: profile) { return error.message }
        return nil
    }
}

/// An hour each, from the moments of loading on.
private actor EndingCredentials: CredentialsSource {
    nonisolated let name = "the test"
    private var loads: Int64 = 0

    func load() async throws(CredentialsError) -> Credentials? {
        loads += 1
        return Credentials(
            accessKeyID: "KEY-\(loads)", secretAccessKey: "s",
            expiration: SigningTime(secondsSince1970: 1_440_938_160 + loads * 3600))
    }
}
