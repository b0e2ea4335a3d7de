import Model

/// One stored object.
struct ObjectRecord: Sendable, Codable {
    var extent: DataExtent
    /// Without quotation marks: MD5 in hex, or MD5 of MD5s, a dash and the number of parts.
    var etag: String
    @StoredTime var modified: Timestamp
    var attributes: ObjectAttributes
    var checksum: ObjectChecksum?
    /// Sizes of a multipart object's parts in their order, for `partNumber`; empty for an object that was put at once.
    var partSizes: [Int64] = []

    var sizeInBytes: Int64 { extent.count }

    var quotedETag: String { "\"\(etag)\"" }
}
