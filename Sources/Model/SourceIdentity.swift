/// What tells that a file's or object's bytes are the ones that an interrupted transfer began with: parts of another
/// identity are never glued to it. Stored as flat JSON with the size in `size`.
package enum SourceIdentity: Hashable, Sendable {
    case file(FileIdentity)
    case object(ObjectIdentity)

    /// In bytes.
    package var size: Int64 {
        switch self {
        case .file(let identity): identity.size
        case .object(let identity): identity.size
        }
    }
}

/// What tells one version of an object from another. `size` in bytes.
package struct ObjectIdentity: Hashable, Sendable, Codable {
    package let size: Int64
    package let etag: ETag

    package init(size: Int64, etag: ETag) {
        self.size = size
        self.etag = etag
    }
}

extension SourceIdentity: Codable {
    private enum CodingKeys: String, CodingKey { case etag }

    package init(from decoder: any Decoder) throws {
        // Only an object has an ETag.
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        self =
            keys.contains(.etag) ? .object(try ObjectIdentity(from: decoder)) : .file(try FileIdentity(from: decoder))
    }

    package func encode(to encoder: any Encoder) throws {
        switch self {
        case .file(let identity): try identity.encode(to: encoder)
        case .object(let identity): try identity.encode(to: encoder)
        }
    }
}
