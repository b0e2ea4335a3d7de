import Checksums
import Model

/// A multipart upload that was neither completed nor aborted.
struct UploadRecord: Sendable, Codable {
    var bucket: String
    var key: KeyBytes
    @StoredTime var initiated: Timestamp
    var attributes: ObjectAttributes
    /// As CreateMultipartUpload asked; nil when it asked for none, and then the store computes its default itself.
    var checksumKind: String?
    var checksumForm: ObjectChecksum.Form?
    var parts: [Int: PartRecord] = [:]
    /// The file that parts of equal size share, each at its final offset, so that completing copies no byte.
    var slots: PartSlots?

    var kind: ChecksumKind? { checksumKind.flatMap(ChecksumKind.init(rawValue:)) }

    private enum CodingKeys: String, CodingKey {
        case bucket, key, initiated, attributes, checksumKind, checksumForm
    }
}
