import Model
import S3Client
import Support
import Testing

@Suite(.timeLimit(.minutes(5))) struct CompletionTests {
    private static let object = ObjectLocation(bucket: "bucket", key: Array("key".utf8))
    private static let parts = [
        CompletedPart(number: PartNumber(1), etag: ETag("a"), checksum: Checksum(.crc32c, base64: "yZRlqg=="))
    ]
    private static let success = """
        <CompleteMultipartUploadResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Location>l</Location>
        <Bucket>bucket</Bucket><Key>key</Key><ETag>"3858f62230ac3c915f300c664312c11f-1"</ETag>
        <ChecksumCRC32C>AAAAAA==</ChecksumCRC32C></CompleteMultipartUploadResult>
        """

    @Test func anErrorInsideA200IsTriedAgain() async throws {
        let late = ScriptedServer.Reply.ok(
            Array("<?xml version=\"1.0\"?>\n     \n<Error><Code>InternalError</Code></Error>".utf8))
        let test = try TestClient([late, .ok(Array(("   \n" + Self.success).utf8))])
        let stored = try await test.client.completeMultipartUpload(
            UploadID("u+1"), Self.object, parts: Self.parts, checksum: Checksum(.crc32c, base64: "AAAAAA=="),
            sizeInBytes: 5, condition: .ifAbsent, acquire: test.acquire)
        #expect(stored.etag == ETag("3858f62230ac3c915f300c664312c11f-1"))
        #expect(stored.checksum == Checksum(.crc32c, base64: "AAAAAA=="))
        let requests = test.server.requests
        #expect(requests.count == 2)
        #expect(requests[1].target == "/bucket/key?uploadId=u%2B1" && requests[1].method == "POST")
        #expect(requests[1]["x-amz-checksum-type"] == "FULL_OBJECT" && requests[1]["x-amz-mp-object-size"] == "5")
        #expect(requests[1]["content-type"] == "application/xml" && requests[1]["if-none-match"] == "*")
        #expect(String(decoding: requests[1].body, as: UTF8.self).contains("<ChecksumCRC32C>yZRlqg==</ChecksumCRC32C>"))
    }

    @Test func anErrorThatStaysIsTheOperations() async throws {
        let missing = ScriptedServer.Reply.failing(404, "NoSuchUpload")
        let test = try TestClient([.failing(200, "InternalError"), missing])
        let error = await test.failure { () async throws(S3Error) in
            try await test.client.completeMultipartUpload(
                UploadID("u"), Self.object, parts: Self.parts, acquire: test.acquire)
        }
        #expect(error?.code == .noSuchUpload && error?.attempts == 2)
    }

    @Test func aReplyThatIsNoDocumentIsTriedAgain() async throws {
        let test = try TestClient([.ok(Array("<html/>".utf8)), .ok(Array(Self.success.utf8))])
        _ = try await test.client.completeMultipartUpload(
            UploadID("u"), Self.object, parts: Self.parts, acquire: test.acquire)
        #expect(test.server.requests.count == 2)
    }

    @Test func abortingWhatIsGoneIsNoError() async throws {
        let test = try TestClient([.failing(404, "NoSuchUpload"), .failing(403, "AccessDenied")])
        try await test.client.abortMultipartUpload(UploadID("u"), Self.object, acquire: test.acquire)
        let error = await test.failure { () async throws(S3Error) in
            try await test.client.abortMultipartUpload(UploadID("u"), Self.object, acquire: test.acquire)
        }
        #expect(error?.code == .accessDenied)
    }

    @Test func aCopyThatFailedInsideA200IsTriedAgain() async throws {
        let copied = ScriptedServer.Reply.ok(Array("<CopyPartResult><ETag>\"p\"</ETag></CopyPartResult>".utf8))
        let test = try TestClient([.failing(200, "SlowDown"), copied])
        let part = try await test.client.uploadPartCopy(
            PartNumber(2), of: UploadID("u"), Self.object, from: Self.object, range: ByteRange(offset: 5, count: 10),
            acquire: test.acquire)
        #expect(part.etag == ETag("p") && part.number == PartNumber(2))
        let request = try #require(test.server.requests.last)
        #expect(request.target == "/bucket/key?partNumber=2&uploadId=u")
        #expect(request["x-amz-copy-source-range"] == "bytes=5-14")
    }
}
