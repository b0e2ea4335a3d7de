import CurlTransport
import FoundationEssentials
package import Model

extension ReplyHeaders {
    var etag: ETag? { bytes("etag").map { ETag(quoted: $0) } }

    /// Whether the reply names an encryption under which ETags are no MD5s: any but S3's own, or by a client's key (AWS
    /// API reference, "Object").
    var saysETagIsOpaque: Bool {
        if let encryption = self["x-amz-server-side-encryption"] { return encryption != "AES256" }
        return self["x-amz-server-side-encryption-customer-algorithm"] != nil
    }

    /// The first of S3's checksums that the reply carries.
    var checksum: Checksum? {
        for algorithm in Checksum.Algorithm.ofS3 {
            if let value = self[algorithm.headerName] { return Checksum(algorithm, base64: value) }
        }
        return nil
    }
}

extension Reply {
    /// What was stored, for replies that say it in headers.
    ///
    /// - Parameter sent: the checksum that went along. A store that answers with another one of the same kind, or with
    ///   the MD5 of something else as the ETag, has received other bytes than were sent.
    func storedObject(_ operation: S3Operation, sent: Checksum?) throws(S3Error) -> StoredObject {
        guard let etag = headers.etag else {
            throw ReplyClassifier.malformed(self, operation: operation, "the reply has no ETag")
        }
        var checksum: Checksum?
        let isOpaque = headers.saysETagIsOpaque
        if let sent, sent.algorithm != .md5 {
            let stored = headers[sent.algorithm.headerName]
            if let stored, stored != sent.base64 { throw mismatch(operation, stored: stored, sent) }
            checksum = stored == nil ? nil : sent
        } else {
            if let sent, !isOpaque, let md5 = etag.md5, md5 != sent.hexadecimal {
                throw mismatch(operation, stored: etag.rawValue, sent)
            }
            checksum = headers.checksum
        }
        var stored = StoredObject(etag: etag, checksum: checksum, versionID: headers["x-amz-version-id"])
        stored.isETagOpaque = isOpaque
        return stored
    }

    private func mismatch(_ operation: S3Operation, stored: String, _ sent: Checksum) -> S3Error {
        S3Error(
            .checksumMismatch, operation: operation,
            message: "the store computed \(sent.algorithm.rawValue) \(stored), sent was \(sent.base64)",
            status: status, requestID: headers["x-amz-request-id"])
    }
}

extension ETag {
    /// The MD5 in lower-case hex, where the tag has the form of one. Whether it is one the reply's other headers tell.
    package var md5: String? {
        let text = rawValue.lowercased()
        return text.utf8.count == 32 && text.utf8.allSatisfy(\.isHexadecimal) ? text : nil
    }
}

extension Checksum {
    /// In lower-case hex; nil when it is no base64.
    var hexadecimal: String? {
        Data(base64Encoded: base64).map { data in
            data.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
    }
}

extension UInt8 {
    fileprivate var isHexadecimal: Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(self)
    }
}
