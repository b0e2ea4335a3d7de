/// What a `Hasher` found: a value for each kind that it was asked for.
package struct Digests: Sendable, Hashable {
    package var crc32c: UInt32?
    package var crc32: UInt32?
    package var crc64nvme: UInt64?
    package var sha256: [UInt8]?
    package var md5: [UInt8]?

    package init() {}

    /// The kind's value in network byte order; nil when it was not asked for.
    package subscript(kind: ChecksumKind) -> [UInt8]? {
        switch kind {
        case .crc32c: crc32c?.bigEndianBytes
        case .crc32: crc32?.bigEndianBytes
        case .crc64nvme: crc64nvme?.bigEndianBytes
        case .sha256: sha256
        case .md5: md5
        }
    }

    /// The kind's value as S3's headers carry it; nil when it was not asked for.
    package func base64(_ kind: ChecksumKind) -> String? {
        self[kind].map(Base64.encode)
    }
}
