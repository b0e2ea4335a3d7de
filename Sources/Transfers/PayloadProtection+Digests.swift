import Checksums
import Model
import S3Client

extension ChecksumKinds {
    /// What one pass over the bytes must compute for this protection.
    init(_ protection: PayloadProtection) {
        self = protection.isPayloadSigned ? .sha256 : []
        if let checksum = protection.checksum { insert(ChecksumKinds(ChecksumKind(checksum))) }
    }
}

extension ChecksumKind {
    init(_ algorithm: Checksum.Algorithm) {
        self =
            switch algorithm {
            case .crc32c: .crc32c
            case .crc32: .crc32
            case .crc64nvme: .crc64nvme
            case .sha256: .sha256
            case .md5: .md5
            }
    }
}

extension Checksum.Algorithm {
    init(_ kind: ChecksumKind) {
        self =
            switch kind {
            case .crc32c: .crc32c
            case .crc32: .crc32
            case .crc64nvme: .crc64nvme
            case .sha256: .sha256
            case .md5: .md5
            }
    }
}

extension Payload {
    /// A body and what was computed over it, as the protection asks.
    init(_ source: Source, digests: Digests, protection: PayloadProtection) {
        let checksum = protection.checksum.flatMap { algorithm in
            digests.base64(ChecksumKind(algorithm)).map { Checksum(algorithm, base64: $0) }
        }
        self.init(source, checksum: checksum, sha256: protection.isPayloadSigned ? digests.sha256 : nil)
    }
}
