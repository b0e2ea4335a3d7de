import Checksums
import Model

/// One uploaded part of a multipart upload that is still open.
struct PartRecord: Sendable, Codable {
    var extent: DataExtent
    var etag: String
    @StoredTime var modified: Timestamp
    /// Of the upload's kind, when it has one.
    var checksum: [UInt8]?

    var sizeInBytes: Int64 { extent.count }

    var quotedETag: String { "\"\(etag)\"" }
}
