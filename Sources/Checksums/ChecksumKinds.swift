/// A set of `ChecksumKind`s in one byte, so that choosing kinds for a small file allocates nothing.
package struct ChecksumKinds: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    package init(_ kind: ChecksumKind) {
        switch kind {
        case .crc32c: self = .crc32c
        case .crc32: self = .crc32
        case .crc64nvme: self = .crc64nvme
        case .sha256: self = .sha256
        case .md5: self = .md5
        }
    }

    package static let crc32c = ChecksumKinds(rawValue: 1)
    package static let crc32 = ChecksumKinds(rawValue: 2)
    package static let crc64nvme = ChecksumKinds(rawValue: 4)
    package static let sha256 = ChecksumKinds(rawValue: 8)
    package static let md5 = ChecksumKinds(rawValue: 16)
}
