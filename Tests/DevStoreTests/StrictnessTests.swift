import Checksums
import CurlTransport
import DevStore
import Glibc
import SigV4
import Testing

/// What S3 refuses, over the wire.
@Suite(.timeLimit(.minutes(2)))
struct StrictnessTests {
    private static let hello = Array("hello".utf8)

    @Test func verifiesSignaturesAndClocks() async throws {
        try await withWorld(keepsBytes: false) { world in
            #expect(try await world.call(.put, "a", body: Self.hello).status == 200)
            let unsigned = try await world.call(.get, "a", isSigned: false)
            #expect(unsigned.status == 403 && unsigned.code == "AccessDenied")
            for minutes: Int64 in [-20, 20] {
                let late = try await world.call(.get, "a", clockOffset: minutes * 60)
                #expect(late.status == 403 && late.code == "RequestTimeTooSkewed")
            }
            #expect(try await world.call(.get, "a", clockOffset: 14 * 60).status == 200)
        }
    }

    @Test func aStoreWithAWrongClockRefusesEverybody() async throws {
        try await withWorld(keepsBytes: false, configure: { $0.clockOffset = .seconds(1200) }) { world in
            let reply = try await world.call(.get, "a")
            #expect(reply.code == "RequestTimeTooSkewed")
        }
    }

    @Test func sessionsAreTakenUntilTheyEnd() async throws {
        func session(_ seconds: Int, secret: String = "a secret", token: String? = nil) -> Credentials {
            let end = Int(time(nil)) + seconds
            return Credentials(
                accessKeyID: "AKIDTEST-until-\(end)", secretAccessKey: secret,
                sessionToken: token ?? "session-until-\(end)")
        }
        try await withWorld(keepsBytes: false, configure: { $0.takesSessions = true }) { world in
            func code(_ credentials: Credentials) async throws -> String {
                try await world.call(.get, query: [("list-type", "2")], signedBy: credentials).code
            }
            #expect(try await code(session(1000)) == "")
            #expect(try await code(session(-1)) == "ExpiredToken")
            #expect(try await code(session(1000, token: "another")) == "InvalidToken")
            #expect(try await code(session(1000, secret: "another")) == "SignatureDoesNotMatch")
            let own = try await world.call(.put, "a", body: Self.hello)
            #expect(own.status == 200)
        }
        try await withWorld(keepsBytes: false) { world in
            let reply = try await world.call(.put, "a", body: Self.hello, signedBy: session(1000))
            #expect(reply.code == "InvalidAccessKeyId")
        }
    }

    @Test func readsForAnybodyWhenToldSo() async throws {
        try await withWorld(configure: { $0.allowsAnonymousReads = true }) { world in
            try await world.call(.put, "a", body: Self.hello)
            #expect(try await world.call(.get, "a", isSigned: false).body == Self.hello)
            #expect(try await world.call(.get, query: [("list-type", "2")], isSigned: false).status == 200)
            #expect(try await world.call(.put, "a", body: Self.hello, isSigned: false).code == "AccessDenied")
            #expect(try await world.call(.delete, "a", isSigned: false).code == "AccessDenied")
        }
    }

    @Test func checksTheSignedHashOfTheBody() async throws {
        try await withWorld(keepsBytes: false) { world in
            let right = SHA256Hash(of: Self.hello).hexadecimal
            let wrong = SHA256Hash(of: []).hexadecimal
            #expect(
                try await world.call(.put, "a", body: Self.hello, payload: String(decoding: right, as: UTF8.self))
                    .status
                    == 200)
            let refused = try await world.call(
                .put, "b", body: Self.hello, payload: String(decoding: wrong, as: UTF8.self))
            #expect(refused.status == 400 && refused.code == "XAmzContentSHA256Mismatch")
            #expect(try await world.call(.head, "b").status == 404)
            #expect(try await world.call(.put, "b", body: Self.hello, payload: "nonsense").code == "InvalidArgument")
        }
    }

    @Test func takesTrailersAndChecksThem() async throws {
        try await withWorld { world in
            var sum = CRC32C()
            sum.update(Self.hello)
            let right = Base64.encode(sum.finalize())
            for (value, status) in [(right, 200), ("AAAAAA==", 400)] {
                let reply = try await world.call(
                    .put, "k\(status)",
                    headers: [
                        ("content-encoding", "aws-chunked"), ("x-amz-decoded-content-length", "5"),
                        ("x-amz-trailer", "x-amz-checksum-crc32c"),
                    ],
                    body: Array("5\r\nhello\r\n0\r\nx-amz-checksum-crc32c:\(value)\r\n\r\n".utf8),
                    payload: "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
                #expect(reply.status == status && reply.code == (status == 200 ? "" : "BadDigest"))
            }
            let stored = try await world.call(.get, "k200", headers: [("x-amz-checksum-mode", "ENABLED")])
            #expect(stored.body == Self.hello)
            #expect(stored.headers["content-encoding"] == nil)
            #expect(stored.headers["x-amz-checksum-crc32c"] == right)
            #expect(world.dataFiles.count == 1, "both came into one file, and the refused one left nothing else")
        }
    }

    @Test func limitsKeysAndSizes() async throws {
        try await withWorld(configure: { $0.limits.putInBytes = 100_000 }) { world in
            let longest = String(repeating: "é", count: 512)
            #expect(try await world.call(.put, longest, body: Self.hello).status == 200)
            #expect(try await world.call(.put, longest + "x", body: Self.hello).code == "KeyTooLongError")
            let tooLarge = try await world.call(.put, "a", body: [UInt8](repeating: 1, count: 100_001))
            #expect(tooLarge.status == 400 && tooLarge.code == "EntityTooLarge")
            #expect(try await world.call(.put, "a", body: [UInt8](repeating: 1, count: 100_000)).status == 200)
        }
    }

    @Test func refusesWhatItWouldOtherwiseIgnore() async throws {
        try await withWorld(keepsBytes: false) { world in
            try await world.call(.put, "a", body: Self.hello)
            #expect(try await world.call(.get, "a", query: [("versionId", "1")]).code == "NotImplemented")
            #expect(try await world.call(.get, query: [("policy", "")]).code == "NotImplemented")
            #expect(try await world.call(.post, "a").code == "MethodNotAllowed")
            #expect(
                try await world.call(.put, "a", headers: [("x-amz-checksum-sha1", "x")], body: Self.hello).code
                    == "NotImplemented")
            #expect(
                try await world.call(.get, query: [("list-type", "2"), ("max-keys", "x")]).code == "InvalidArgument")
        }
    }

    @Test func answersAtOnceWhenItKeepsNothing() async throws {
        try await withWorld(configure: { $0.keeping = .nothing }) { world in
            #expect(try await world.call(.put, "a", body: Self.hello, isSigned: false).status == 200)
            let upload = try await world.createUpload("b")
            #expect(try await world.complete("b", upload: upload, [(1, "x")]).element("ETag") != "")
            #expect(try await world.call(.get, "a").status == 404)
            #expect(world.store.statistics.count(.putObject) == 1)
        }
    }
}
