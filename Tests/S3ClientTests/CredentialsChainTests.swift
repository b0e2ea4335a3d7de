import S3Client
import SigV4
import Support
import Testing

/// Who is asked, in which order, and what is said when nobody has anything.
@Suite(.timeLimit(.minutes(5))) struct CredentialsChainTests {
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
        [profile bare]
        region = eu-north-1
        """,
        "/elsewhere": "[default]\naws_access_key_id = ELSEWHERE\naws_secret_access_key = x\n",
        "/token": " identity\n",
    ]

    /// Everything that could give credentials, and the script of who does.
    private enum Place: String, CaseIterable {
        case environment, files, identity, container, instance

        var variables: [String: String] {
            switch self {
            case .environment: ["AWS_ACCESS_KEY_ID": "ENV", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t"]
            case .files: [:]
            case .identity:
                [
                    "AWS_WEB_IDENTITY_TOKEN_FILE": "/token", "AWS_ROLE_ARN": "arn:aws:iam::1:role/r",
                    "AWS_ENDPOINT_URL_STS": "{server}",
                ]
            case .container: ["AWS_CONTAINER_CREDENTIALS_FULL_URI": "{server}/c"]
            case .instance: ["AWS_EC2_METADATA_SERVICE_ENDPOINT": "{server}"]
            }
        }

        var replies: [ScriptedServer.Reply] {
            switch self {
            case .environment, .files: []
            case .identity: [.role("IDENTITY", action: "AssumeRoleWithWebIdentity")]
            case .container: [.document("CONTAINER")]
            case .instance: ScriptedServer.Reply.instance("INSTANCE")
            }
        }

        var key: String { self == .environment ? "ENV" : self == .files ? "FROMFILE" : rawValue.uppercased() }
    }

    @Test func eachPlaceCountsMoreThanThoseAfterIt() async throws {
        for first in Place.allCases.indices {
            let places = Place.allCases[first...]
            let variables = places.reduce(into: [String: String]()) { $0.merge($1.variables) { $1 } }
            let world = try CredentialsWorld(
                variables: variables, files: places.contains(.files) ? Self.files : ["/token": "identity"],
                places.first?.replies ?? [])
            #expect(await world.credentials().keyID == places.first?.key)
        }
    }

    @Test func aProfileThatIsNamedCountsMoreThanTheEnvironment() async throws {
        let all = Place.allCases.reduce(into: [String: String]()) { $0.merge($1.variables) { $1 } }
        let ofSettings = try CredentialsWorld(variables: all, files: Self.files)
        #expect(
            try await ofSettings.credentials(profile: "other").get()
                == Credentials(accessKeyID: "OTHER", secretAccessKey: "second", sessionToken: "token"))
        let ofEnvironment = try CredentialsWorld(
            variables: all.merging(["AWS_PROFILE": "other"]) { $1 }, files: Self.files)
        #expect(await ofEnvironment.credentials().keyID == "OTHER")
        #expect(await ofEnvironment.credentials(profile: "config-only").keyID == "CONFIG")
        // One that has none leaves it to the machine, unless the settings ask for this one.
        let bare = try CredentialsWorld(
            variables: all.merging(["AWS_PROFILE": "bare"]) { $1 }, files: Self.files, Place.container.replies)
        #expect(await bare.credentials().keyID == "CONTAINER")
        #expect(
            await bare.credentials(profile: "bare").error?.message
                == "no credentials: profile bare: it has no aws_access_key_id, role_arn or credential_process")
    }

    @Test func filesAreReadByProfile() async throws {
        func key(_ variables: [String: String]) async throws -> Credentials {
            try await CredentialsWorld(variables: variables, files: Self.files).credentials().get()
        }
        #expect(try await key([:]) == Credentials(accessKeyID: "FROMFILE", secretAccessKey: "se#cret=/+"))
        #expect(try await key(["AWS_PROFILE": "config-only"]).accessKeyID == "CONFIG")
        #expect(try await key(["AWS_SHARED_CREDENTIALS_FILE": "/elsewhere"]).accessKeyID == "ELSEWHERE")
    }

    @Test func whatIsBrokenIsSaid() async throws {
        func message(_ variables: [String: String], profile: String? = nil) async throws -> String? {
            try await CredentialsWorld(variables: variables, files: Self.files).credentials(profile: profile).error?
                .message
        }
        #expect(
            try await message(["AWS_ACCESS_KEY_ID": "ENV"])
                == "no credentials: the environment: AWS_SECRET_ACCESS_KEY is not set, though its other half is")
        #expect(
            try await message(["AWS_PROFILE": "half"])
                == "no credentials: profile half: aws_secret_access_key is missing, though its other half is there")
        let missing = "no credentials: profile missing: it is in neither shared file"
        #expect(try await message(["AWS_PROFILE": "missing"]) == missing)
        #expect(try await message([:], profile: "missing") == missing)
    }

    @Test func everyPlaceThatWasAskedIsNamedWithItsReason() async throws {
        let world = try CredentialsWorld(variables: ["AWS_EC2_METADATA_DISABLED": "true"])
        let error = try #require(await world.credentials().error)
        #expect(error.code == .unavailable)
        #expect(
            error.message == """
                no credentials: the environment: AWS_ACCESS_KEY_ID is not set; profile default: it is in neither shared \
                file; web identity: AWS_WEB_IDENTITY_TOKEN_FILE is not set; the container's endpoint: neither \
                AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor AWS_CONTAINER_CREDENTIALS_FULL_URI is set; the instance's \
                metadata: AWS_EC2_METADATA_DISABLED is true
                """)
    }

    @Test func theRegionComesFromTheProfile() {
        func region(_ profile: String?) -> String? {
            SharedConfiguration(
                environment: ["HOME": "/home/me"], profile: profile, readFile: { Self.files[$0].map { Array($0.utf8) } }
            ).region
        }
        #expect(region(nil) == "us-west-2" && region("other") == "eu-west-3" && region("missing") == nil)
    }
}
