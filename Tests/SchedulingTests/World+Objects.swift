import CurlTransport
import DevStore
import Model
import S3Client
import Testing

/// What the store holds, seen through a client that has nothing to do with the service's.
extension World {
    private static let free: S3Client.Acquire = { _ in Permit {} }

    func location(_ key: String) -> ObjectLocation { ObjectLocation(bucket: Self.bucket, key: Array(key.utf8)) }

    func put(_ key: String, _ bytes: [UInt8]) async throws {
        _ = try await s3.putObject(location(key), payload: Payload(.bytes(bytes)), acquire: Self.free)
    }

    /// Somebody else sends a part.
    func putPart(_ number: PartNumber, of upload: UploadID, _ key: String, _ bytes: [UInt8]) async throws {
        _ = try await s3.uploadPart(
            number, of: upload, location(key), payload: Payload(.bytes(bytes)), acquire: Self.free)
    }

    func bytes(_ key: String) async throws -> [UInt8] { try await bytes(Array(key.utf8)) }

    func bytes(_ key: [UInt8]) async throws -> [UInt8] {
        try await s3.getObject(
            ObjectLocation(bucket: Self.bucket, key: key), into: .collect(limitInBytes: 16 << 20), acquire: Self.free
        ).bytes
    }

    func head(_ key: String) async throws -> ObjectDescription {
        try await s3.headObject(location(key), acquire: Self.free)
    }

    /// As the store keeps it with the object.
    func checksum(_ key: String) async throws -> Checksum? { try await head(key).checksum }

    /// GetObjectTagging's document; the key must need no escapes.
    func tags(_ key: String) async throws -> String {
        let url = "\(devStore.endpoint)/\(Self.bucket)/\(key)?tagging"
        let reply = try await transport.perform(Exchange(method: .get, url: Array(url.utf8)))
        return String(decoding: reply.body, as: UTF8.self)
    }

    /// Every key, in order.
    func keys() async throws -> [[UInt8]] {
        var keys: [[UInt8]] = []
        var token: String?
        repeat {
            let page = try await s3.listObjectsV2(bucket: Self.bucket, token: token, acquire: Self.free)
            keys += page.objects.map(\.key)
            token = page.nextToken
        } while token != nil
        return keys
    }

    func texts() async throws -> [String] { try await keys().map { String(decoding: $0, as: UTF8.self) } }

    func openUploads() async throws -> [UploadID] {
        try await s3.listMultipartUploads(bucket: Self.bucket, acquire: Self.free).uploads.map(\.uploadID)
    }

    /// Somebody else begins an upload.
    func createUpload(_ key: String) async throws -> UploadID {
        try await s3.createMultipartUpload(location(key), acquire: Self.free)
    }

    func sendPart(_ upload: UploadID, _ key: String) async throws {
        _ = try await s3.uploadPart(
            PartNumber(1), of: upload, location(key), payload: Payload(.bytes([1, 2, 3])), acquire: Self.free)
    }

    /// Somebody else does away with an upload.
    func abort(_ upload: UploadID, _ key: String) async throws {
        try await s3.abortMultipartUpload(upload, location(key), acquire: Self.free)
    }

    /// The objects under `p/` are the tree's files, byte for byte, and nothing else is there.
    func expectIdenticalTree() async throws {
        let expected = tree.contents().map { (key: Array("p/".utf8) + $0.key, bytes: $0.value) }
        #expect(try await Set(keys()) == Set(expected.map(\.key)))
        for (key, content) in expected {
            let stored = try await bytes(key)
            #expect(stored == content, "\(String(decoding: key, as: UTF8.self)) differs")
        }
        #expect(try await openUploads().isEmpty, "uploads are left")
    }
}
