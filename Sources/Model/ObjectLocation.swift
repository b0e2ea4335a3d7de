/// Bucket and key (S3). The key is raw UTF-8 bytes: it never passes through a URL type.
package struct ObjectLocation: Hashable, Sendable {
    package var bucket: String
    package var key: [UInt8]

    package init(bucket: String, key: [UInt8]) {
        self.bucket = bucket
        self.key = key
    }
}

/// S3's entity tag, kept verbatim with its quotes taken off.
package struct ETag: Hashable, Sendable, Codable {
    package let rawValue: String
    package init(_ rawValue: String) { self.rawValue = rawValue }
}

/// S3's id of a multipart upload, an opaque string.
package struct UploadID: Hashable, Sendable, Codable {
    package let rawValue: String
    package init(_ rawValue: String) { self.rawValue = rawValue }
}

/// A checksum as S3 writes it: base64 of the big-endian value, for a composite one with `-N` behind it.
package struct Checksum: Hashable, Sendable, Codable, CustomStringConvertible {
    package enum Algorithm: String, Sendable, Codable, CaseIterable { case crc32c, crc32, crc64nvme, sha256, md5 }

    package let algorithm: Algorithm
    package let base64: String

    package init(_ algorithm: Algorithm, base64: String) {
        self.algorithm = algorithm
        self.base64 = base64
    }

    /// `crc32c:yZRlqg==`
    package var description: String { "\(algorithm.rawValue):\(base64)" }

    package init?(_ description: String) {
        let halves = description.split(separator: ":", maxSplits: 1)
        guard halves.count == 2, let algorithm = Algorithm(rawValue: String(halves[0])) else { return nil }
        self.init(algorithm, base64: String(halves[1]))
    }
}

/// What CompleteMultipartUpload needs of each part.
package struct CompletedPart: Hashable, Sendable {
    package var number: PartNumber
    package var etag: ETag
    package var checksum: Checksum?

    package init(number: PartNumber, etag: ETag, checksum: Checksum?) {
        self.number = number
        self.etag = etag
        self.checksum = checksum
    }
}

/// A store's name in the settings; `default` unless a spec says otherwise.
package struct StoreName: Hashable, Sendable, Codable, CustomStringConvertible {
    package let rawValue: String
    package init(_ rawValue: String) { self.rawValue = rawValue }
    package static let `default` = StoreName("default")
    package var description: String { rawValue }
}
