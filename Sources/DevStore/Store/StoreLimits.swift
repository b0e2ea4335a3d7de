/// S3's limits (S3 user guide, "Amazon S3 multipart upload limits" and "Naming Amazon S3 objects").
package struct StoreLimits: Sendable {
    static let keyInBytes = 1024
    static let lastPartNumber = 10_000
    static let metadataInBytes = 2048
    /// Tags of one object; their names and values are at most 128 and 256 characters.
    static let tags = 10
    /// Objects of one DeleteObjects request and entries of one page.
    static let pageEntries = 1000
    /// Bytes of an XML document in a request: 1,000 keys, or 10,000 parts, with room.
    static let documentInBytes = 16 << 20

    /// What one PUT, part or CopyObject may hold.
    package var putInBytes: Int64 = 5 << 30
    /// What each part but the last must hold. Tests lower it, to have many parts from few bytes.
    package var partInBytes: Int64 = 5 << 20
    package var objectInBytes: Int64 = 50 * 1_000_000_000_000

    package init() {}
}
