import Model
import Support
import Testing

@testable import S3Client

/// Stores that do not know checksum headers, and say so in their own ways.
@Suite(.timeLimit(.minutes(1))) struct ChecksumRefusalTests {
    private static let object = ObjectLocation(bucket: "bucket", key: Array("key".utf8))
    private static let crc = Checksum(.crc32c, base64: "oBbQUg==")
    private static let md5 = Checksum(.md5, base64: "VaVACK0bpYmqIQ0mKcHfQQ==")

    /// Over TLS by its own word: the scripted server speaks plain HTTP.
    private func client(_ replies: [ScriptedServer.Reply], otherwise: ScriptedServer.Reply) throws -> TestClient {
        var test = try TestClient(replies, otherwise: otherwise)
        test.client.isSecure = true
        return test
    }

    private func put(_ test: TestClient, choice: JobSpec.ChecksumChoice = .auto) async throws -> StoredObject {
        try await test.client.protecting(choice) { protection, _ in
            let checksum: Checksum? =
                switch protection.checksum {
                case .crc32c: Self.crc
                case .md5: Self.md5
                default: nil
                }
            return try await test.client.putObject(
                Self.object,
                payload: Payload(
                    .bytes([1]), checksum: checksum,
                    sha256: protection.isPayloadSigned ? [UInt8](repeating: 7, count: 32) : nil),
                acquire: test.acquire)
        }
    }

    @Test(arguments: [(501, "NotImplemented"), (400, "InvalidRequest"), (401, "Unauthorized"), (403, "AccessDenied")])
    func aRefusalIsLearnedOnceAndTheOtherWayIsVerified(status: Int, code: String) async throws {
        let stored = ScriptedServer.Reply.ok(headers: ["ETag: \"55a54008ad1ba589aa210d2629c1df41\""])
        let test = try client([.failing(status, code)], otherwise: stored)
        _ = try await put(test)
        _ = try await put(test)
        let requests = test.server.requests
        #expect(requests.count == 3)
        #expect(requests[0]["x-amz-checksum-crc32c"] == Self.crc.base64)
        #expect(requests[1]["x-amz-checksum-crc32c"] == nil && requests[1]["content-md5"] == Self.md5.base64)
        #expect(requests[2]["x-amz-checksum-crc32c"] == nil && requests[2]["content-md5"] == Self.md5.base64)
    }

    @Test func rightsThatAreMissingTeachNothing() async throws {
        let test = try client([], otherwise: .failing(403, "AccessDenied"))
        let error = await #expect(throws: S3Error.self) { _ = try await put(test) }
        #expect(error?.code == .accessDenied)
        // Once more with Content-MD5, and no more than that.
        #expect(test.server.requests.count == 2)
        #expect(test.client.protection(for: .auto).checksum == .crc32c)
    }

    @Test func aStoreThatHasTakenAChecksumIsBelieved() async throws {
        let test = try client(
            [.ok(headers: ["ETag: \"a\"", "x-amz-checksum-crc32c: oBbQUg=="])], otherwise: .failing(403, "AccessDenied")
        )
        _ = try await put(test)
        await #expect(throws: S3Error.self) { _ = try await put(test) }
        #expect(test.server.requests.count == 2)
    }

    @Test func whoeverNamesAChecksumGetsItOrTheRefusal() async throws {
        let test = try client([], otherwise: .failing(501, "NotImplemented"))
        let error = await #expect(throws: S3Error.self) { _ = try await put(test, choice: .crc32c) }
        #expect(error?.code == .notImplemented && test.server.requests.count == 1)
    }

    @Test func aStoreThatKnowsNeitherGetsASignature() async throws {
        let refusal = ScriptedServer.Reply.failing(501, "NotImplemented")
        let test = try client([refusal, refusal], otherwise: .stored)
        _ = try await put(test)
        let requests = test.server.requests
        #expect(requests.count == 3 && requests[2]["content-md5"] == nil)
        #expect(requests[2]["x-amz-content-sha256"] == String(repeating: "07", count: 32))
        #expect(test.client.protection(for: .auto).isPayloadSigned)
    }

    /// The ETag of one plain put is the MD5 of what arrived.
    @Test(arguments: [
        (["ETag: \"00000000000000000000000000000000\""], true),
        (["ETag: \"00000000000000000000000000000000\"", "x-amz-server-side-encryption: AES256"], true),
        (["ETag: \"00000000000000000000000000000000\"", "x-amz-server-side-encryption: aws:kms"], false),
        (["ETag: \"55A54008AD1BA589AA210D2629C1DF41\""], false), (["ETag: \"opaque\""], false),
    ])
    func anETagThatIsAnotherMD5IsAMismatch(headers: [String], isMismatch: Bool) async throws {
        let test = try client([], otherwise: .ok(headers: headers))
        let error = await test.failure { () async throws(S3Error) in
            try await test.client.putObject(
                Self.object, payload: Payload(.bytes([1]), checksum: Self.md5), acquire: test.acquire)
        }
        #expect((error?.code == .checksumMismatch) == isMismatch)
        #expect(test.client.hasOpaqueETags("bucket") == (headers.last == "x-amz-server-side-encryption: aws:kms"))
    }
}
