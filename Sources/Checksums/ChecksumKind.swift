/// A checksum that S3 or we ourselves know by name.
package enum ChecksumKind: String, Sendable, CaseIterable {
    case crc32c, crc32, crc64nvme, sha256, md5

    /// Bytes of one value.
    package var sizeInBytes: Int {
        switch self {
        case .crc32c, .crc32: 4
        case .crc64nvme: 8
        case .md5: 16
        case .sha256: 32
        }
    }
}
