import Checksums
import Files
import Model
import S3Client

/// What one PutObject carries, and how it is read.
struct WholeBody: Sendable {
    /// In bytes.
    let size: Int64
    let attributes: ObjectAttributes
    /// For one way of protecting it. From the second reading on it is read anew.
    let payload: @Sendable (_ protection: PayloadProtection, _ reading: Int) async throws -> Payload
    /// Of all of it, as it was sent.
    let digests: @Sendable (ChecksumKinds) async throws -> Digests
    /// Throws when the source is not what it was. Called before each repetition.
    let isUnchanged: @Sendable () async throws -> Void
}

extension WholeBody {
    /// Bytes that are held. They were read whole while the file did not change: they need no further look.
    ///
    /// - Parameters:
    ///   - known: what was computed over them already.
    ///   - again: reads them once more after the store has found another checksum.
    init(
        _ bytes: [UInt8], known: Digests, attributes: ObjectAttributes,
        again: @escaping @Sendable (ChecksumKinds) async throws -> LoadedFile?
    ) {
        self.init(
            size: Int64(bytes.count), attributes: attributes,
            payload: { protection, reading in
                let kinds = ChecksumKinds(protection)
                if reading > 1, let loaded = try await again(kinds) {
                    return Payload(.bytes(loaded.bytes), digests: loaded.digests, protection: protection)
                }
                let digests = known.has(kinds) ? known : Self.digests(of: bytes, kinds)
                return Payload(.bytes(bytes), digests: digests, protection: protection)
            }, digests: { Self.digests(of: bytes, $0) }, isUnchanged: {})
    }

    private static func digests(of bytes: [UInt8], _ kinds: ChecksumKinds) -> Digests {
        var hasher = Hasher(kinds)
        hasher.update(bytes)
        return hasher.finalize()
    }
}

extension Digests {
    fileprivate func has(_ kinds: ChecksumKinds) -> Bool {
        (!kinds.contains(.crc32c) || crc32c != nil) && (!kinds.contains(.crc32) || crc32 != nil)
            && (!kinds.contains(.crc64nvme) || crc64nvme != nil) && (!kinds.contains(.sha256) || sha256 != nil)
            && (!kinds.contains(.md5) || md5 != nil)
    }
}
