import CurlTransport
import Model

extension ReplyHeaders {
    var etag: ETag? { bytes("etag").map { ETag(quoted: $0) } }

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
    /// - Parameter sent: the checksum that went along. A store that answers with another one of the same kind has
    ///   received other bytes than were sent.
    func storedObject(_ operation: S3Operation, sent: Checksum?) throws(S3Error) -> StoredObject {
        guard let etag = headers.etag else {
            throw ReplyClassifier.malformed(self, operation: operation, "the reply has no ETag")
        }
        var checksum: Checksum?
        if let sent, sent.algorithm != .md5 {
            let stored = headers[sent.algorithm.headerName]
            if let stored, stored != sent.base64 {
                throw S3Error(
                    .checksumMismatch, operation: operation,
                    message: "the store computed \(sent.algorithm.rawValue) \(stored), sent was \(sent.base64)",
                    verdict: .retry(after: nil), status: status, requestID: headers["x-amz-request-id"])
            }
            checksum = stored == nil ? nil : sent
        } else {
            checksum = headers.checksum
        }
        return StoredObject(etag: etag, checksum: checksum, versionID: headers["x-amz-version-id"])
    }
}
