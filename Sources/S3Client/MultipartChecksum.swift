package import Model

/// Which checksum the parts of a multipart upload carry, and what the object's own is made of.
///
/// CRC32 and CRC32C may be either, SHA-256 only composite, CRC64NVME only of the full object (AWS user guide, "Checking
/// object integrity").
package struct MultipartChecksum: Sendable, Hashable {
    package enum Kind: String, Sendable {
        /// Of all bytes in a row: parts' CRCs can be combined to it.
        case fullObject = "FULL_OBJECT"
        /// Over the parts' checksums.
        case composite = "COMPOSITE"
    }

    package let algorithm: Checksum.Algorithm
    package let kind: Kind

    /// A kind that the algorithm does not know is replaced by the one that it does. Nil for MD5, which S3 keeps for no object.
    package init?(_ algorithm: Checksum.Algorithm, kind: Kind = .composite) {
        self.algorithm = algorithm
        switch algorithm {
        case .crc32, .crc32c: self.kind = kind
        case .crc64nvme: self.kind = .fullObject
        case .sha256: self.kind = .composite
        case .md5: return nil
        }
    }
}
