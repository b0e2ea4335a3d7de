import Checksums
import Model
import S3Client

/// What a store says of an object's bytes that one pass over all of them can show to be wrong.
///
/// A checksum, if it is one of the whole object; else the ETag, if it is an MD5 (AWS user guide, "Checking object
/// integrity"; AWS API reference, "Object"). Checksums and ETags over several parts say nothing to one pass.
struct WholeCheck: Sendable {
    private enum Statement {
        case nothing
        case value(ChecksumKind, text: String)
        /// The value over the one part's value, as a multipart upload of one part has it.
        case valueOfOnePart(ChecksumKind, text: String)
    }

    private static let onePart = "-1"

    private let statement: Statement
    private let isHexadecimal: Bool

    init(_ object: ObjectDescription) {
        if let checksum = object.checksum {
            let kind = ChecksumKind(checksum.algorithm)
            isHexadecimal = false
            if !object.isChecksumComposite {
                statement = .value(kind, text: checksum.base64)
            } else if checksum.base64.hasSuffix(Self.onePart) {
                statement = .valueOfOnePart(kind, text: String(checksum.base64.dropLast(Self.onePart.count)))
            } else {
                statement = .nothing
            }
            return
        }
        isHexadecimal = true
        let etag = object.etag.rawValue.lowercased()
        if object.hasOpaqueETag {
            statement = .nothing
        } else if Self.isMD5(etag) {
            statement = .value(.md5, text: etag)
        } else if etag.hasSuffix(Self.onePart), Self.isMD5(String(etag.dropLast(Self.onePart.count))) {
            statement = .valueOfOnePart(.md5, text: String(etag.dropLast(Self.onePart.count)))
        } else {
            statement = .nothing
        }
    }

    /// What the pass must compute; empty where nothing can be checked.
    var kinds: ChecksumKinds {
        switch statement {
        case .nothing: []
        case .value(let kind, _), .valueOfOnePart(let kind, _): ChecksumKinds(kind)
        }
    }

    /// The CRC that the whole object must have.
    var crc: (kind: ChecksumKind, text: String)? {
        guard case .value(let kind, let text) = statement, kind.isCRC else { return nil }
        return (kind, text)
    }

    func agrees(with digests: Digests) -> Bool {
        switch statement {
        case .nothing: true
        case .value(let kind, let text): digests[kind].map(written) == text
        case .valueOfOnePart(let kind, let text): digests[kind].map { written(Digests.hash($0, kind)) } == text
        }
    }

    private func written(_ value: [UInt8]) -> String { isHexadecimal ? value.hexadecimal : Base64.encode(value) }

    static func isMD5(_ text: String) -> Bool {
        text.utf8.count == 32 && text.utf8.allSatisfy { Character(UnicodeScalar($0)).isHexDigit }
    }
}

extension ChecksumKind {
    /// Whether the value of a whole follows from those of its pieces.
    var isCRC: Bool {
        switch self {
        case .crc32c, .crc32, .crc64nvme: true
        case .sha256, .md5: false
        }
    }
}

extension [UInt8] {
    /// Two lower-case digits a byte.
    var hexadecimal: String {
        map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
