import CurlTransport
import DevStore
import Model
import S3Client
import SigV4
import Testing

/// The operations against a store that checks every signature and checksum.
@Suite(.timeLimit(.minutes(5))) struct StoreConversationTests {
    private static let region = "eu-central-1"
    private let store: DevStore
    private let transport: Transport
    private let client: S3Client

    init() throws {
        var configuration = DevStoreConfiguration(keeping: .descriptions, credentials: TestClient.credentials)
        configuration.region = Self.region
        configuration.buckets = ["bucket"]
        store = try DevStore(configuration: configuration)
        transport = try Transport(configuration: TransportConfiguration())
        client = try S3Client(
            configuration: StoreConfiguration(endpoint: store.endpoint, region: Self.region), transport: transport,
            credentials: CredentialsProvider(TestClient.credentials))
    }

    private func object(_ key: String) -> ObjectLocation {
        ObjectLocation(bucket: "bucket", key: Array(key.utf8))
    }

    private static let acquire: S3Client.Acquire = { _ in Permit {} }

    @Test(arguments: [
        "plain", "a b+c%#?&=;,@$!*'()~.bin", "é", "e\u{301}", "🦆/嗨", "line\nfeed\u{8}", "a//b", "/lead", "tail/",
        ".", "..", "a/../b", "file..txt", "%41", String(repeating: "k", count: 1024),
    ])
    func everyKeySurvivesPutHeadListAndDelete(key: String) async throws {
        let body = Array("body of \(key)".utf8)
        let stored = try await client.putObject(
            object(key), payload: Payload(.bytes(body), sha256: SHA256Hash(of: body).array), acquire: Self.acquire)
        let found = try await client.headObject(object(key), acquire: Self.acquire)
        #expect(found.sizeInBytes == body.count && found.etag == stored.etag)
        let page = try await client.listObjectsV2(bucket: "bucket", acquire: Self.acquire)
        #expect(page.objects.map(\.key) == [Array(key.utf8)] && page.nextToken == nil)
        try await client.deleteObject(object(key), acquire: Self.acquire)
        let error = await failure { () async throws(S3Error) in
            try await client.headObject(object(key), acquire: Self.acquire)
        }
        #expect(error?.code == .noSuchKey)
    }

    @Test func attributesComeBack() async throws {
        var attributes = ObjectAttributes(
            metadata: ["Colour": "blue"], tags: ["a": "b&c"], contentType: "text/x-test", cacheControl: "no-store")
        attributes.modificationTime = "1700000000.25"
        _ = try await client.putObject(
            object("a"), payload: Payload(.bytes([1]), checksum: Checksum(.crc32c, base64: "oBbQUg==")),
            attributes: attributes, acquire: Self.acquire)
        let found = try await client.headObject(object("a"), acquire: Self.acquire)
        #expect(found.metadata == ["colour": "blue", "mtime": "1700000000.25"])
        #expect(found.contentType == "text/x-test" && found.cacheControl == "no-store")
        #expect(found.checksum == Checksum(.crc32c, base64: "oBbQUg==") && found.lastModified != nil)
    }

    @Test(arguments: [Checksum.Algorithm.crc32c, .crc32, .sha256, .md5])
    func aWrongChecksumIsRefused(algorithm: Checksum.Algorithm) async throws {
        let wrong = [
            Checksum.Algorithm.crc32c: "AAAAAA==", .crc32: "AAAAAA==",
            .sha256: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", .md5: "AAAAAAAAAAAAAAAAAAAAAA==",
        ]
        var policy = RetryPolicy()
        policy.maximumAttempts = 1
        let client = try S3Client(
            configuration: client.configuration, transport: transport,
            credentials: CredentialsProvider(TestClient.credentials), policy: policy)
        let error = await failure { () async throws(S3Error) in
            try await client.putObject(
                object("a"),
                payload: Payload(.bytes([1]), checksum: Checksum(algorithm, base64: wrong[algorithm] ?? "")),
                acquire: Self.acquire)
        }
        #expect(error?.code == .checksumMismatch && error?.status == 400)
    }

    @Test func aMultipartUploadGoesItsWay() async throws {
        let upload = try await client.createMultipartUpload(
            object("big one"), attributes: ObjectAttributes(metadata: ["a": "b"]),
            checksum: MultipartChecksum(.crc32c, kind: .fullObject), acquire: Self.acquire)
        let open = try await client.listMultipartUploads(bucket: "bucket", acquire: Self.acquire)
        #expect(open.uploads.map(\.uploadID) == [upload] && open.uploads.map(\.key) == [Array("big one".utf8)])
        let zeros = [UInt8](repeating: 0, count: 5 << 20)
        let first = try await client.uploadPart(
            PartNumber(1), of: upload, object("big one"),
            payload: Payload(.bytes(zeros), checksum: Checksum(.crc32c, base64: "zqsFQg==")), acquire: Self.acquire)
        let second = try await client.uploadPart(
            PartNumber(2), of: upload, object("big one"),
            payload: Payload(.bytes([1]), checksum: Checksum(.crc32c, base64: "oBbQUg==")), acquire: Self.acquire)
        let listed = try await client.listParts(upload, object("big one"), acquire: Self.acquire)
        #expect(
            listed.parts.map(\.sizeInBytes) == [5 << 20, 1] && listed.parts.map(\.etag) == [first.etag, second.etag])
        #expect(listed.parts[1].checksum == second.checksum)
        let stored = try await client.completeMultipartUpload(
            upload, object("big one"), parts: [first, second], sizeInBytes: 5 << 20 + 1, acquire: Self.acquire)
        #expect(stored.etag.rawValue.hasSuffix("-2"))
        let found = try await client.headObject(object("big one"), acquire: Self.acquire)
        #expect(found.sizeInBytes == 5 << 20 + 1 && found.metadata == ["a": "b"] && !found.isChecksumComposite)
        let again = await failure { () async throws(S3Error) in
            try await client.completeMultipartUpload(
                upload, object("big one"), parts: [first, second], acquire: Self.acquire)
        }
        #expect(again?.code == .noSuchUpload)
    }

    @Test func anAbortedUploadIsGone() async throws {
        let upload = try await client.createMultipartUpload(object("a"), acquire: Self.acquire)
        try await client.abortMultipartUpload(upload, object("a"), acquire: Self.acquire)
        try await client.abortMultipartUpload(upload, object("a"), acquire: Self.acquire)
        let open = try await client.listMultipartUploads(bucket: "bucket", acquire: Self.acquire)
        #expect(open.uploads.isEmpty)
    }

    @Test func listsComeInPages() async throws {
        for number in 0..<5 { try await put("p/\(number)") }
        try await put("q r/1")
        let first = try await client.listObjectsV2(
            bucket: "bucket", prefix: Array("p/".utf8), limit: 2, acquire: Self.acquire)
        let token = try #require(first.nextToken)
        let rest = try await client.listObjectsV2(
            bucket: "bucket", prefix: Array("p/".utf8), token: token, acquire: Self.acquire)
        #expect(
            (first.objects + rest.objects).map { String(decoding: $0.key, as: UTF8.self) } == (0..<5).map { "p/\($0)" })
        let folders = try await client.listObjectsV2(bucket: "bucket", delimiter: "/", acquire: Self.acquire)
        #expect(folders.commonPrefixes == [Array("p/".utf8), Array("q r/".utf8)] && folders.objects.isEmpty)
    }

    @Test func rangesAndConditionsAreKept() async throws {
        let stored = try await put("a", count: 100)
        let range = try await client.getObject(
            object("a"), range: ByteRange(offset: 90, count: 20), ifMatch: stored.etag,
            into: .collect(limitInBytes: 100),
            acquire: Self.acquire)
        #expect(range.countInBytes == 10 && range.description.sizeInBytes == 100 && range.bytes.count == 10)
        let whole = try await client.getObject(object("a"), into: .collect(limitInBytes: 100), acquire: Self.acquire)
        #expect(whole.countInBytes == 100)
        let changed = await failure { () async throws(S3Error) in
            try await client.getObject(
                object("a"), ifMatch: ETag("other"), into: .collect(limitInBytes: 100), acquire: Self.acquire)
        }
        #expect(changed?.code == .preconditionFailed)
        let taken = await failure { () async throws(S3Error) in
            try await client.putObject(
                object("a"), payload: Payload(.bytes([])), condition: .ifAbsent, acquire: Self.acquire)
        }
        #expect(taken?.code == .preconditionFailed)
    }

    @Test func objectsAreCopiedInsideTheStore() async throws {
        let stored = try await put("a b+c", count: 10)
        _ = try await client.copyObject(
            from: object("a b+c"), to: object("copy"), ifMatch: stored.etag, acquire: Self.acquire)
        #expect(try await client.headObject(object("copy"), acquire: Self.acquire).sizeInBytes == 10)
    }

    @Test(arguments: ["a b+c%20?#é", "line\nfeed\u{8}", "%41", "x//y", "/lead", "tail/", "..", "🦆/嗨", "a=b&c"])
    func everyKeyCanBeCopiedFrom(key: String) async throws {
        let stored = try await put(key, count: 10)
        _ = try await client.copyObject(
            from: object(key), to: object("whole"), ifMatch: stored.etag, acquire: Self.acquire)
        let upload = try await client.createMultipartUpload(object("parts"), acquire: Self.acquire)
        let part = try await client.uploadPartCopy(
            PartNumber(1), of: upload, object("parts"), from: object(key), ifMatch: stored.etag, acquire: Self.acquire)
        _ = try await client.completeMultipartUpload(upload, object("parts"), parts: [part], acquire: Self.acquire)
        for copy in ["whole", "parts"] {
            #expect(try await client.headObject(object(copy), acquire: Self.acquire).sizeInBytes == 10)
        }
        let changed = await failure { () async throws(S3Error) in
            try await client.copyObject(
                from: object(key), to: object("other"), ifMatch: ETag("else"), acquire: Self.acquire)
        }
        #expect(changed?.code == .preconditionFailed)
    }

    @Test func tagsComeBack() async throws {
        let tags = ["a+b": "c&d e", "é": "", "<x>": "\"y\""]
        _ = try await client.putObject(
            object("a b"), payload: Payload(.bytes([]), sha256: SHA256Hash(of: []).array),
            attributes: ObjectAttributes(tags: tags), acquire: Self.acquire)
        #expect(try await client.getObjectTagging(object("a b"), acquire: Self.acquire) == tags)
        #expect(try await client.headObject(object("a b"), acquire: Self.acquire).tagCount == 3)
        try await put("none")
        #expect(try await client.getObjectTagging(object("none"), acquire: Self.acquire).isEmpty)
    }

    @Test func aCopyInheritsWhatIsNotGiven() async throws {
        var attributes = ObjectAttributes(
            metadata: ["Colour": "blue"], contentType: "text/x-test", cacheControl: "no-store")
        attributes.modificationTime = "1.5"
        _ = try await client.putObject(
            object("a"), payload: Payload(.bytes([]), sha256: SHA256Hash(of: []).array), attributes: attributes,
            acquire: Self.acquire)
        let source = try await client.headObject(object("a"), acquire: Self.acquire)
        let cases: [(ObjectAttributes, Bool, metadata: [String: String], type: String)] = [
            (ObjectAttributes(), true, ["colour": "blue", "mtime": "1.5"], "text/x-test"),
            (ObjectAttributes(contentType: "x/y"), true, ["colour": "blue", "mtime": "1.5"], "x/y"),
            (ObjectAttributes(metadata: ["a": "b"]), true, ["a": "b", "mtime": "1.5"], "text/x-test"),
            (ObjectAttributes(metadata: ["a": "b"]), false, ["a": "b"], "text/x-test"),
            (ObjectAttributes(metadata: ["mtime": "2"]), true, ["mtime": "2"], "text/x-test"),
        ]
        for (given, keepsTime, metadata, type) in cases {
            let inherited = given.inheriting(source, tags: ["t": "u"], keepsTime: keepsTime)
            _ = try await client.copyObject(
                from: object("a"), to: object("b"), attributes: inherited, acquire: Self.acquire)
            let copied = try await client.headObject(object("b"), acquire: Self.acquire)
            #expect(copied.metadata == metadata && copied.contentType == type && copied.cacheControl == "no-store")
            #expect(try await client.getObjectTagging(object("b"), acquire: Self.acquire) == ["t": "u"])
        }
    }

    @Test func bucketsAndKeysThatAreMissingAreTold() async throws {
        _ = try await client.headBucket("bucket", acquire: Self.acquire)
        let bucket = await failure { () async throws(S3Error) in
            try await client.headBucket("missing", acquire: Self.acquire)
        }
        #expect(bucket?.code == .noSuchBucket)
        let object = await failure { () async throws(S3Error) in
            try await client.putObject(
                ObjectLocation(bucket: "missing", key: [0x61]), payload: Payload(.bytes([])), acquire: Self.acquire)
        }
        #expect(object?.code == .noSuchBucket && object?.rawCode == "NoSuchBucket")
        #expect(object?.requestID != nil)
    }

    @Test func aSecretThatIsWrongIsTold() async throws {
        let stranger = Credentials(accessKeyID: TestClient.credentials.accessKeyID, secretAccessKey: "wrong")
        let client = try S3Client(
            configuration: client.configuration, transport: transport, credentials: CredentialsProvider(stranger))
        let error = await failure { () async throws(S3Error) in
            try await client.listObjectsV2(bucket: "bucket", acquire: Self.acquire)
        }
        #expect(error?.code == .invalidCredentials && error?.rawCode == "SignatureDoesNotMatch")
    }

    @Test func theRightRegionIsFound() async throws {
        let client = try S3Client(
            configuration: StoreConfiguration(endpoint: store.endpoint, region: "us-east-1"), transport: transport,
            credentials: CredentialsProvider(TestClient.credentials))
        #expect(try await client.listObjectsV2(bucket: "bucket", acquire: Self.acquire).objects.isEmpty)
    }

    @discardableResult
    private func put(_ key: String, count: Int = 1) async throws(S3Error) -> StoredObject {
        let body = [UInt8](repeating: 0, count: count)
        return try await client.putObject(
            object(key), payload: Payload(.bytes(body), sha256: SHA256Hash(of: body).array), acquire: Self.acquire)
    }

    private func failure<Output>(_ operation: () async throws(S3Error) -> Output) async -> S3Error? {
        do throws(S3Error) {
            _ = try await operation()
            return nil
        } catch {
            return error
        }
    }
}
