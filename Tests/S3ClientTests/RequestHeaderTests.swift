import Model
import S3Client
import SigV4
import Support
import Testing

/// What stands on the wire, line by line.
@Suite struct RequestHeaderTests {
    @Test func aPlainPutHasExactlyItsHeaders() async throws {
        let test = try TestClient([.stored])
        let stored = try await test.client.putObject(
            ObjectLocation(bucket: "bucket", key: Array("a b/é+%#?&=.bin".utf8)),
            payload: Payload(.bytes([1, 2, 3]), checksum: Checksum(.crc32c, base64: "8TDyHg==")),
            attributes: ObjectAttributes(contentType: "text/plain"), acquire: test.acquire)
        #expect(stored.etag == ETag("abc"))
        let request = try #require(test.server.requests.first)
        #expect(request.lines.first == "PUT /bucket/a%20b/%C3%A9%2B%25%23%3F%26%3D.bin HTTP/1.1")
        #expect(request.body == [1, 2, 3])
        #expect(request["content-length"] == "3")
        #expect(request["host"] == "127.0.0.1:\(test.server.port)")
        let ours = request.fields.filter { field in
            ["x-amz", "authorization", "content-type", "expect", "transfer-encoding"]
                .contains { field.lowercased().hasPrefix($0) }
        }
        #expect(
            ours.dropLast() == [
                "content-type: text/plain", "x-amz-checksum-crc32c: 8TDyHg==", "x-amz-content-sha256: UNSIGNED-PAYLOAD",
                "x-amz-date: 20150830T123600Z",
            ])
        let authorization = try #require(request["authorization"])
        #expect(
            authorization.hasPrefix(
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/s3/aws4_request,SignedHeaders="
                    + "content-type;host;x-amz-checksum-crc32c;x-amz-content-sha256;x-amz-date,Signature="))
    }

    @Test func everyAttributeHasItsHeaderAndAllAreSigned() async throws {
        let owner = Credentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "secret", sessionToken: "token")
        let test = try TestClient([.stored], credentials: CredentialsProvider(owner))
        var attributes = ObjectAttributes(
            metadata: ["Zeta": "1  2", "alpha": "ü"], tags: ["b c": "d/e", "a": "="], contentType: "text/plain",
            cacheControl: "no-store", storageClass: "STANDARD_IA", serverSideEncryption: "aws:kms", kmsKeyID: "key",
            acl: "private")
        attributes.modificationTime = "1.5"
        let bytes = Array("body".utf8)
        _ = try await test.client.putObject(
            ObjectLocation(bucket: "bucket", key: [0x61]),
            payload: Payload(
                .bytes(bytes), checksum: Checksum(.md5, base64: "hB0fcfcgC2Hm0Hf05gA7ZQ=="),
                sha256: SHA256Hash(of: bytes).array),
            attributes: attributes, condition: .ifAbsent, acquire: test.acquire)
        let request = try #require(test.server.requests.first)
        #expect(request["cache-control"] == "no-store" && request["content-md5"] == "hB0fcfcgC2Hm0Hf05gA7ZQ==")
        #expect(request["if-none-match"] == "*" && request["x-amz-acl"] == "private")
        #expect(request["x-amz-meta-alpha"] == "ü" && request["x-amz-meta-zeta"] == "1  2")
        #expect(request["x-amz-meta-mtime"] == "1.5" && request["x-amz-tagging"] == "a=%3D&b%20c=d%2Fe")
        #expect(request["x-amz-server-side-encryption"] == "aws:kms")
        #expect(request["x-amz-server-side-encryption-aws-kms-key-id"] == "key")
        #expect(request["x-amz-storage-class"] == "STANDARD_IA" && request["x-amz-security-token"] == "token")
        #expect(request["x-amz-content-sha256"] == String(decoding: SHA256Hash(of: bytes).hexadecimal, as: UTF8.self))
        let received = ReceivedRequest(
            method: request.method, target: request.target,
            headers: request.fields.map { field in
                let colon = field.firstIndex(of: ":") ?? field.endIndex
                return (name: String(field[..<colon]), value: String(field[colon...].dropFirst(2)))
            })
        let verifier = SignatureVerifier(region: "us-east-1") { _ in owner }
        let verified = try verifier.verify(received, now: SigningTime(secondsSince1970: 1_440_938_160))
        #expect(verified.payload == .sha256(SHA256Hash(of: bytes)))
    }

    @Test func metadataNamedMtimeWinsOverTheFilesTime() async throws {
        let test = try TestClient([.stored])
        var attributes = ObjectAttributes(metadata: ["mtime": "7"])
        attributes.modificationTime = "1.5"
        _ = try await test.client.putObject(
            ObjectLocation(bucket: "bucket", key: [0x61]), payload: Payload(.bytes([])), attributes: attributes,
            acquire: test.acquire)
        let request = try #require(test.server.requests.first)
        #expect(request.fields.filter { $0.hasPrefix("x-amz-meta-mtime") } == ["x-amz-meta-mtime: 7"])
    }

    @Test func aLineEndInMetadataNeverReachesTheWire() async throws {
        let test = try TestClient([.stored])
        let error = await test.failure { () async throws(S3Error) in
            try await test.client.putObject(
                ObjectLocation(bucket: "bucket", key: [0x61]), payload: Payload(.bytes([])),
                attributes: ObjectAttributes(metadata: ["a": "b\r\nx-amz-acl: public-read"]), acquire: test.acquire)
        }
        #expect(error?.code == .invalidRequest && error?.attempts == 1)
        #expect(test.server.requests.isEmpty)
    }

    @Test func listsAreAskedForEncodedAndSorted() async throws {
        let page = ScriptedServer.Reply.ok(Array("<ListBucketResult/>".utf8))
        let test = try TestClient([page])
        _ = try await test.client.listObjectsV2(
            bucket: "bucket", prefix: Array("a b/".utf8), delimiter: "/", token: "t+/=", limit: 7,
            acquire: test.acquire)
        let request = try #require(test.server.requests.first)
        #expect(
            request.target == "/bucket/?continuation-token=t%2B%2F%3D&delimiter=%2F&encoding-type=url&"
                + "list-type=2&max-keys=7&prefix=a%20b%2F")
        #expect(request["x-amz-content-sha256"] == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }

    @Test func copiesEncodeTheirSourceAndGuardIt() async throws {
        let result = ScriptedServer.Reply.ok(Array("<CopyObjectResult><ETag>\"n\"</ETag></CopyObjectResult>".utf8))
        let test = try TestClient([result])
        let stored = try await test.client.copyObject(
            from: ObjectLocation(bucket: "source", key: Array("a b+é".utf8)),
            to: ObjectLocation(bucket: "bucket", key: Array("c".utf8)),
            attributes: ObjectAttributes(tags: ["a": "b"], contentType: "text/plain"), ifMatch: ETag("e"),
            acquire: test.acquire)
        #expect(stored.etag == ETag("n"))
        let request = try #require(test.server.requests.first)
        #expect(request["x-amz-copy-source"] == "/source/a%20b%2B%C3%A9")
        #expect(request["x-amz-copy-source-if-match"] == "\"e\"")
        #expect(request["x-amz-metadata-directive"] == "REPLACE" && request["x-amz-tagging-directive"] == "REPLACE")
    }
}
