import Checksums
import Model
import S3Client

/// Whose object stands at a key after a reply was lost.
enum StandingObject: Sendable {
    /// Made of exactly the bytes that were sent.
    case ours(StoredObject)
    case foreign
    case absent
    /// Of the same size, and neither ETag nor checksum can tell.
    case unknown(StoredObject)

    /// Compares an object with bytes that can be read here.
    ///
    /// - Parameter digests: of the bytes; nil where they can't be read.
    static func compare(
        _ head: ObjectDescription, opaqueETags: Bool, digests: (ChecksumKinds) async throws -> Digests?
    ) async throws -> StandingObject {
        let object = StoredObject(head)
        let kind: ChecksumKind
        let value: String
        if let checksum = head.checksum, !head.isChecksumComposite {
            (kind, value) = (ChecksumKind(checksum.algorithm), checksum.base64)
        } else if !opaqueETags, !head.isETagOpaque, let md5 = head.etag.md5 {
            (kind, value) = (.md5, md5)
        } else {
            return .unknown(object)
        }
        guard let digests = try await digests(ChecksumKinds(kind)) else { return .unknown(object) }
        let ours = kind == .md5 ? digests.md5.map(Hexadecimal.text) : digests.base64(kind)
        return ours == value ? .ours(object) : .foreign
    }
}

extension StoredObject {
    init(_ head: ObjectDescription) {
        self.init(etag: head.etag, checksum: head.checksum, versionID: head.versionID)
        isETagOpaque = head.isETagOpaque
    }
}

extension UploadTarget {
    /// What stands at a key; nil: nothing.
    func head(
        _ location: ObjectLocation, ledger: some TransferLedger
    ) async throws -> ObjectDescription? {
        do {
            return try await client.s3.headObject(location) { _ in
                try await ledger.permit(.startedFile, at: client.name)
            }
        } catch {
            if error.code == .noSuchKey { return nil }
            throw error
        }
    }
}
