import Model
import S3Client
import SigV4
import Support
import Synchronization
import Testing

/// Retries over a real connection, on a clock of the test's own.
@Suite(.timeLimit(.minutes(5))) struct RetryTests {
    @Test func faultsOfTheStoreAreTriedAgainWithFreshSignatures() async throws {
        let test = try TestClient([.failing(500, "InternalError"), .failing(500, "InternalError"), .stored])
        _ = try await test.put()
        #expect(test.manual.waits == [.milliseconds(100), .milliseconds(200)])
        #expect(test.desk.granted == [1, 2, 3] && test.desk.held == 0 && test.desk.mostHeld == 1)
        #expect(test.server.requests.count == 3)
    }

    @Test func attemptsRunOut() async throws {
        var policy = RetryPolicy()
        policy.maximumAttempts = 4
        let test = try TestClient([], otherwise: .failing(500, "InternalError"), policy: policy)
        let error = await test.failure { () async throws(S3Error) in try await test.put() }
        #expect(error?.code == .storeFault && error?.attempts == 4 && error?.rawCode == "InternalError")
        #expect(error?.requestID == "R1" && error?.status == 500 && error?.message == "scripted")
        #expect(test.server.requests.count == 4 && test.desk.held == 0)
    }

    @Test func throttlingIsReportedAndLimitedByTime() async throws {
        let heard = Mutex<[Duration?]>([])
        let slow = ScriptedServer.Reply.failing(503, "SlowDown", headers: ["Retry-After: 1200"])
        let test = try TestClient([], otherwise: slow, onThrottle: { _, after in heard.withLock { $0.append(after) } })
        let error = await test.failure { () async throws(S3Error) in try await test.put() }
        // 300 s is the longest wait that a store gets: 12 of them are the hour.
        #expect(error?.code == .throttled && error?.attempts == 13)
        #expect(test.manual.waits == Array(repeating: .seconds(300), count: 12))
        #expect(heard.withLock { $0 } == Array(repeating: .seconds(300), count: 13))
    }

    @Test func aPermitIsNeverHeldWhileWaiting() async throws {
        let desk = PermitDesk()
        let test = try TestClient([.failing(503, "SlowDown"), .reset, .stored])
        var environment = test.manual.environment
        let heldWhileWaiting = Mutex<[Int]>([])
        let sleep = environment.sleep
        environment.sleep = { duration in
            heldWhileWaiting.withLock { $0.append(desk.held) }
            try await sleep(duration)
        }
        let client = try S3Client(
            configuration: test.client.configuration, transport: test.transport,
            credentials: CredentialsProvider(TestClient.credentials), environment: environment)
        _ = try await client.putObject(
            ObjectLocation(bucket: "bucket", key: [0x61]), payload: Payload(.bytes([]))
        ) { desk.acquire($0) }
        // The reset hit a reused connection: its repetition is free and waits for nothing.
        #expect(heldWhileWaiting.withLock { $0 } == [0])
        #expect(desk.granted == [1, 2, 3])
    }

    @Test func cancellingEndsAWaitAtOnce() async throws {
        let test = try TestClient([], otherwise: .failing(503, "SlowDown"))
        var environment = test.manual.environment
        let (waiting, mark) = AsyncStream.makeStream(of: Void.self)
        environment.sleep = { _ in
            mark.yield()
            try await Task.sleep(for: .seconds(3600))
        }
        let client = try S3Client(
            configuration: test.client.configuration, transport: test.transport,
            credentials: CredentialsProvider(TestClient.credentials), environment: environment)
        let task = Task { () -> S3Error? in
            await test.failure { () async throws(S3Error) in
                try await client.putObject(
                    ObjectLocation(bucket: "bucket", key: [0x61]), payload: Payload(.bytes([])), acquire: test.acquire)
            }
        }
        for await _ in waiting { break }
        task.cancel()
        #expect(await task.value?.code == .cancelled)
        #expect(test.desk.held == 0)
    }

    @Test func cancellingCutsAnExchange() async throws {
        let test = try TestClient([.silence])
        let task = Task { () -> S3Error? in
            await test.failure { () async throws(S3Error) in try await test.put() }
        }
        await test.server.receives(1)
        task.cancel()
        #expect(await task.value?.code == .cancelled)
        #expect(test.desk.held == 0 && test.manual.waits.isEmpty)
    }

    @Test func anAcquireThatThrowsEndsTheOperation() async throws {
        let test = try TestClient([])
        let error = await test.failure { () async throws(S3Error) in
            try await test.client.deleteObject(ObjectLocation(bucket: "bucket", key: [0x61])) { _ in
                throw CancellationError()
            }
        }
        #expect(error?.code == .cancelled && test.server.requests.isEmpty)
    }

    @Test func aConnectionThatTheStoreClosedIsReplacedForFree() async throws {
        let test = try TestClient([.stored, .reset, .stored])
        _ = try await test.put()
        _ = try await test.put()
        #expect(test.manual.waits.isEmpty)
        #expect(test.desk.granted == [1, 1, 2])
    }

    @Test func expiredCredentialsAreRefreshedOnce() async throws {
        let source = RotatingCredentials()
        let test = try TestClient(
            [.failing(400, "ExpiredToken"), .stored, .failing(400, "ExpiredToken"), .failing(400, "ExpiredToken")],
            credentials: CredentialsProvider([source]))
        _ = try await test.put()
        let keys = test.server.requests.compactMap { $0["authorization"]?.split(separator: "=")[1].prefix(4) }
        #expect(keys == ["KEY1", "KEY2"])
        let error = await test.failure { () async throws(S3Error) in try await test.put() }
        #expect(error?.code == .expiredCredentials && error?.attempts == 2 && test.manual.waits.isEmpty)
    }

    @Test func theStoresClockIsTaken() async throws {
        let skewed = ScriptedServer.Reply.failing(
            403, "RequestTimeTooSkewed", headers: ["Date: Sun, 30 Aug 2015 13:06:00 GMT"])
        let test = try TestClient([skewed, .stored, .stored])
        _ = try await test.put()
        _ = try await test.put()
        #expect(
            test.server.requests.map { $0["x-amz-date"] }
                == ["20150830T123600Z", "20150830T130600Z", "20150830T130600Z"])
    }

    @Test func theBucketsRegionIsLearnt() async throws {
        let wrong = ScriptedServer.Reply.failing(
            400, "AuthorizationHeaderMalformed", details: "<Region>eu-west-1</Region>")
        let test = try TestClient([wrong, .stored, .stored])
        _ = try await test.put()
        _ = try await test.put()
        let scopes = test.server.requests.compactMap { $0["authorization"]?.split(separator: "/")[2] }
        #expect(scopes == ["us-east-1", "eu-west-1", "eu-west-1"] && test.manual.waits.isEmpty)
    }

    /// Two requests under way are refused; the one that comes second finds the region learnt already.
    @Test func whoeverWasUnderWayLearnsTheRegionToo() async throws {
        let gate = ScriptedServer.Gate()
        let body = Array("<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-west-1</Region></Error>".utf8)
        let late = ScriptedServer.Reply([.readBody, .wait(gate), .send(ScriptedServer.Reply.message(400, body))])
        let test = try TestClient([late, .status(400, body), .stored, .stored])
        try await withThrowingTaskGroup { group in
            group.addTask { _ = try await test.put("first") }
            await test.server.receives(1)
            _ = try await test.put("second")
            gate.open()
            try await group.waitForAll()
        }
        #expect(test.server.requests.count == 4)
    }

    /// No redirect is followed: the request is signed anew, for the host that was asked before. A large body has not been
    /// sent by then, as it waits for the store's consent.
    @Test(arguments: [301, 307]) func aRedirectIsLearntAndNotFollowed(status: Int) async throws {
        let elsewhere = try ScriptedServer()
        let moved = ScriptedServer.Reply([
            .send(
                ScriptedServer.Reply.message(
                    status, [],
                    headers: [
                        "Location: http://127.0.0.1:\(elsewhere.port)/bucket/key", "x-amz-bucket-region: eu-west-1",
                        "Connection: close",
                    ])), .close,
        ])
        let test = try TestClient([moved, .stored])
        _ = try await test.put(bytes: [UInt8](repeating: 7, count: 2 << 20))
        #expect(elsewhere.connections == 0)
        let requests = test.server.requests
        #expect(requests.count == 2 && requests[0].body.isEmpty && requests[1].body.count == 2 << 20)
        #expect(requests.compactMap { $0["authorization"]?.split(separator: "/")[2] } == ["us-east-1", "eu-west-1"])
    }

    @Test func aStoreThatNeverAnswersIsGivenUpAfterItsAttempts() async throws {
        var policy = RetryPolicy()
        policy.maximumAttempts = 3
        let test = try TestClient([], otherwise: .silence, policy: policy, responseTimeout: .milliseconds(200))
        let error = await test.failure { () async throws(S3Error) in try await test.put() }
        #expect(error?.code == .timeout && error?.attempts == 3)
        // Each on a connection of its own.
        #expect(test.server.connections == 3 && test.desk.held == 0)
    }

    /// What breaks on the way is sent again, on a new connection.
    @Test func exchangesThatBreakInTheMiddleAreRepeated() async throws {
        let whole = ScriptedServer.Reply.message(200, Array("body".utf8), headers: ["ETag: \"abc\""])
        let test = try TestClient([
            .init([.readSome(1_000_000), .reset]), .init([.readSome(10), .close]),
            .init([.readBody, .send(Array(whole.prefix(10))), .close]),
            .init([.readBody, .send(Array(whole.dropLast(2))), .close]), .stored,
        ])
        _ = try await test.put(bytes: [UInt8](repeating: 7, count: 2 << 20))
        #expect(test.server.connections == 5 && test.desk.held == 0)
        #expect(test.manual.waits == [.milliseconds(100), .milliseconds(200), .milliseconds(400), .milliseconds(800)])
    }

    @Test func aRedirectToItselfIsNoLoop() async throws {
        let wrong = ScriptedServer.Reply.failing(301, "PermanentRedirect", headers: ["x-amz-bucket-region: us-east-1"])
        let test = try TestClient([], otherwise: wrong)
        let error = await test.failure { () async throws(S3Error) in try await test.put() }
        #expect(error?.code == .wrongRegion && error?.attempts == 1)
        let evil = ScriptedServer.Reply.failing(301, "PermanentRedirect", headers: ["x-amz-bucket-region: evil.org/"])
        let other = try TestClient([], otherwise: evil)
        let second = await other.failure { () async throws(S3Error) in try await other.put() }
        #expect(second?.code == .wrongRegion && second?.attempts == 1)
    }

    @Test func noCredentialsIsSaidWithoutARequest() async throws {
        let world = try CredentialsWorld(variables: ["AWS_EC2_METADATA_DISABLED": "true"])
        let test = try TestClient([], credentials: world.chain())
        let error = await test.failure { () async throws(S3Error) in try await test.put() }
        #expect(error?.code == .credentialsUnavailable && test.desk.granted.isEmpty)
        #expect(error?.message.hasPrefix("no credentials: the environment: AWS_ACCESS_KEY_ID is not set; ") == true)
    }

    @Test func aReplyWithAnotherChecksumIsAMismatch() async throws {
        var policy = RetryPolicy()
        policy.maximumAttempts = 2
        let other = ScriptedServer.Reply.ok(headers: ["ETag: \"a\"", "x-amz-checksum-crc32c: AAAAAA=="])
        let test = try TestClient([], otherwise: other, policy: policy)
        let error = await test.failure { () async throws(S3Error) in
            try await test.client.putObject(
                ObjectLocation(bucket: "bucket", key: [0x61]),
                payload: Payload(.bytes([1]), checksum: Checksum(.crc32c, base64: "oBbQUg==")), acquire: test.acquire)
        }
        #expect(error?.code == .checksumMismatch && error?.attempts == 1)
    }
}

/// New keys with each load.
private final class RotatingCredentials: CredentialsSource {
    let name = "the test"
    private let loads = Mutex(0)

    func load() async throws(CredentialsError) -> CredentialsAnswer {
        let number = loads.withLock { count in
            count += 1
            return count
        }
        return .found(Credentials(accessKeyID: "KEY\(number)", secretAccessKey: "secret"))
    }
}
