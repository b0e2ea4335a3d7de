import CurlTransport
import S3Client
import SigV4
import Support
import Synchronization
import Testing

@testable import struct S3Client.ContainerCredentials

/// What containers and instances hand out.
@Suite(.timeLimit(.minutes(5))) struct MachineCredentialsTests {
    // MARK: Containers

    @Test func aContainersEndpointIsAskedWithItsToken() async throws {
        let world = try CredentialsWorld(
            variables: [
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": "{server}/v1/credentials?id=1",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN": "Basic abc",
            ], [.document("BOX")])
        #expect(
            try await world.credentials().get()
                == Credentials(
                    accessKeyID: "BOX", secretAccessKey: "hush", sessionToken: "token",
                    expiration: SigningTime(secondsSince1970: world.manual.time.secondsSince1970 + 3600)))
        let request = try #require(world.server.requests.first)
        #expect(request.target == "/v1/credentials?id=1" && request["authorization"] == "Basic abc")
    }

    @Test func theTokensFileIsReadAnewEachTime() async throws {
        let token = Mutex("one\n")
        let made = try CredentialsWorld(
            variables: [
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": "{server}/c", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/t",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN": "not this one",
            ], [.document("ONE", lifetime: 60), .document("TWO", lifetime: 120)])
        var surroundings = made.surroundings
        surroundings.readFile = { path in path == "/t" ? token.withLock { Array($0.utf8) } : nil }
        let provider = CredentialsProvider(
            [ContainerCredentials(surroundings: surroundings)], clock: made.manual.environment)
        #expect(await made.credentials(provider).keyID == "ONE")
        token.withLock { $0 = "two" }
        made.manual.advance(by: .seconds(60))
        #expect(await made.credentials(provider).keyID == "TWO")
        #expect(made.server.requests.map { $0["authorization"] } == ["one", "two"])
    }

    @Test(arguments: [
        ("127.0.0.1", true), ("127.8.9.10", true), ("localhost", true), ("::1", true), ("169.254.170.2", true),
        ("169.254.170.23", true), ("fd00:ec2::23", true), ("169.254.170.3", false), ("169.254.169.254", false),
        ("10.0.0.1", false), ("127.0.0.1.example.org", false), ("127.0.0", false), ("127.0.0.256", false),
        ("128.0.0.1", false), ("localhost.example.org", false), ("example.org", false), ("::2", false),
    ])
    func withoutTLSOnlyTheMachineAndAWSsAgentsAreAsked(host: String, isTrusted: Bool) async throws {
        #expect(ContainerCredentials.isTrusted(host) == isTrusted)
    }

    @Test(arguments: [
        ("http://example.org/c", "names host example.org"), ("ftp://127.0.0.1/", "is no http or https URL"),
        ("127.0.0.1/c", "is no http or https URL"), ("http://127.0.0.1@example.org/", "is no http or https URL"),
        ("http://127.0.0.1/a b", "is no http or https URL"), ("http://127.0.0.1:0/", "is no http or https URL"),
    ])
    func anAddressThatMustNotBeAskedIsSaid(url: String, complaint: String) async throws {
        let world = try CredentialsWorld(variables: ["AWS_CONTAINER_CREDENTIALS_FULL_URI": url])
        let error = try #require(await world.answer(ContainerCredentials(surroundings: world.surroundings)).error)
        #expect(error.code == .unavailable && error.message.contains("AWS_CONTAINER_CREDENTIALS_FULL_URI \(complaint)"))
    }

    @Test func whatAContainerMustNotSayIsSaid() async throws {
        func error(_ variables: [String: String], _ reply: ScriptedServer.Reply) async throws -> CredentialsError? {
            let world = try CredentialsWorld(
                variables: ["AWS_CONTAINER_CREDENTIALS_FULL_URI": "{server}/c"].merging(variables) { $1 },
                otherwise: reply)
            return await world.answer(ContainerCredentials(surroundings: world.surroundings)).error
        }
        func said(_ text: String, _ code: CredentialsError.Code = .unavailable) -> CredentialsError {
            CredentialsError("no credentials: the container's endpoint: \(text)", code: code)
        }
        let fine = ScriptedServer.Reply.document("X")
        #expect(
            try await error(["AWS_CONTAINER_AUTHORIZATION_TOKEN": "a\r\nb: c"], fine)
                == said("the authorization token holds a line break or another control character"))
        #expect(
            try await error(["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/none"], fine)
                == said("the token file /none can't be read or is empty"))
        #expect(
            try await error(["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "c"], fine)
                == said("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is no path that begins with a slash"))
        #expect(try await error([:], .status(404)) == said("it answered with status 404"))
        #expect(try await error([:], .status(500)) == said("it answered with status 500", .away))
        #expect(try await error([:], .ok([0x7B])) == said("its answer is no JSON of credentials", .away))
        #expect(
            try await error([:], .ok(Array("{\"AccessKeyId\":\"A\"}".utf8)))
                == said("its answer has no SecretAccessKey"))
        let timeless = "{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"hush\",\"Expiration\":\"soon\"}"
        #expect(try await error([:], .ok(Array(timeless.utf8))) == said("Expiration in its answer is no time"))
        #expect(try await error([:], .reset)?.code == .away)
    }

    // MARK: Instances

    @Test func anInstanceIsAskedByVersionTwo() async throws {
        let world = try CredentialsWorld(
            variables: ["AWS_EC2_METADATA_SERVICE_ENDPOINT": "{server}/"], ScriptedServer.Reply.instance("VM"))
        #expect(await world.credentials().keyID == "VM")
        let requests = world.server.requests
        #expect(
            requests.map { "\($0.method) \($0.target)" } == [
                "PUT /latest/api/token", "GET /latest/meta-data/iam/security-credentials/",
                "GET /latest/meta-data/iam/security-credentials/role-of-mine",
            ])
        #expect(requests[0]["x-aws-ec2-metadata-token-ttl-seconds"] == "21600")
        #expect(requests[1...].allSatisfy { $0["x-aws-ec2-metadata-token"] == "TOKEN" })
    }

    @Test func whatAnInstanceLacksIsSaid() async throws {
        func error(_ replies: [ScriptedServer.Reply]) async throws -> CredentialsError? {
            let world = try CredentialsWorld(
                variables: ["AWS_EC2_METADATA_SERVICE_ENDPOINT": "{server}"], replies, otherwise: .status(404))
            return await world.answer(InstanceCredentials(surroundings: world.surroundings)).error
        }
        let token = ScriptedServer.Reply.ok(Array("TOKEN".utf8))
        let role = ScriptedServer.Reply.ok(Array("r".utf8))
        #expect(try await error([])?.message.hasSuffix(" gives no token (status 404)") == true)
        #expect(try await error([token])?.message.hasSuffix("no role is attached to the instance (status 404)") == true)
        let refused = ScriptedServer.Reply.ok(Array("{\"Code\":\"AssumeRoleUnauthorizedAccess\"}".utf8))
        let error = try await error([token, role, refused])
        #expect(error?.message.hasSuffix("no credentials for role r: AssumeRoleUnauthorizedAccess") == true)
        #expect(error?.code == .away)
    }

    /// The service is silent, as everything outside of EC2 is at that address: one second, then on.
    @Test func silenceIsGivenUpAfterASecond() async throws {
        let world = try CredentialsWorld(
            variables: ["AWS_EC2_METADATA_SERVICE_ENDPOINT": "{server}"], otherwise: .silence)
        var surroundings = world.surroundings
        surroundings.metadataTimeout =
            CredentialsSurroundings(variables: [:], transport: surroundings.transport)
            .metadataTimeout
        let clock = ContinuousClock()
        let began = clock.now
        let error = await world.answer(InstanceCredentials(surroundings: surroundings)).error
        #expect(error?.code == .unavailable && error?.message.contains("no answer") == true)
        #expect(clock.now - began < .seconds(20) && world.server.requests.count == 1)
    }
}
