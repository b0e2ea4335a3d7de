import Checksums
import DevStore
import Model
import S3Client
import Support
import Testing

/// Objects for downloads, and what they have become below the destination.
extension World {
    var destination: String { tree.full("out") }

    /// A job spec for everything below `p/`.
    func downloadSpec(_ change: (inout JobSpec) -> Void = { _ in }) -> JobSpec {
        spec { spec in
            spec.kind = .download
            spec.source = nil
            spec.destination = destination
            change(&spec)
        }
    }

    static func bytes(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
        var generator = SeededGenerator(seed: seed &+ UInt64(count))
        return (0..<count).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
    }

    /// An object of parts of `partSize`, each with a checksum if the object is to have one.
    func putParts(
        _ key: String, _ bytes: [UInt8], partSize: Int = Int(partSize), checksum: MultipartChecksum? = nil
    ) async throws {
        let free: S3Client.Acquire = { _ in Permit {} }
        let upload = try await s3.createMultipartUpload(location(key), checksum: checksum, acquire: free)
        var parts: [CompletedPart] = []
        for start in stride(from: 0, to: bytes.count, by: partSize) {
            let piece = Array(bytes[start..<min(start + partSize, bytes.count)])
            let value = checksum.map { checksum in
                let kind = ChecksumKind(rawValue: checksum.algorithm.rawValue)!
                return Checksum(checksum.algorithm, base64: Base64.encode(Digests.hash(piece, kind)))
            }
            parts.append(
                try await s3.uploadPart(
                    PartNumber(parts.count + 1), of: upload, location(key),
                    payload: Payload(.bytes(piece), checksum: value), acquire: free))
        }
        _ = try await s3.completeMultipartUpload(upload, location(key), parts: parts, acquire: free)
    }

    /// Twelve small objects and a large one of five parts; returns what they hold, by path.
    @discardableResult
    func putObjects() async throws -> [String: [UInt8]] {
        var objects: [String: [UInt8]] = [:]
        for index in 0..<12 { objects["small/f\(index)"] = Self.bytes(100 + index) }
        for (path, content) in objects { try await put("p/" + path, content) }
        let large = Self.bytes(Step.parts * Int(Self.partSize) - 5)
        objects["large"] = large
        try await putParts("p/large", large)
        return objects
    }

    /// Every regular file below the destination, hidden ones too.
    func downloaded() -> [String: [UInt8]] { tree.files(below: "out") }

    var temporaries: [String] { downloaded().keys.filter { $0.contains(".longshore-") } }

    func expectDownloaded(_ objects: [String: [UInt8]], sourceLocation: SourceLocation = #_sourceLocation) {
        let files = downloaded()
        #expect(Set(files.keys) == Set(objects.keys), sourceLocation: sourceLocation)
        for (path, content) in objects {
            #expect(files[path] == content, "\(path) differs", sourceLocation: sourceLocation)
        }
    }
}
