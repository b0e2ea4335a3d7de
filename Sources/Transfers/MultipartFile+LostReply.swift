import Checksums
import Model
import S3Client

/// What stands at the key when the store knows the upload no longer.
extension MultipartFile {
    /// The object, if it is made of exactly these parts: then a CompleteMultipartUpload whose reply was lost, because its
    /// connection broke or an earlier process died, has done its work.
    ///
    ///     Complete arrives -> no reply comes here -> the object stands, its upload is forgotten
    ///     Complete again, or ListParts after a restart -> NoSuchUpload
    ///
    /// Nil: parts are missing, there is another object, or neither ETag nor checksum can tell.
    func objectOfLostReply(parts: [CompletedPart], _ plan: PartPlan) async throws -> StoredObject? {
        guard parts.count == plan.count else { return nil }
        let head: ObjectDescription
        do {
            head = try await s3.headObject(location, acquire: permit)
        } catch {
            if error.code == .noSuchKey { return nil }
            throw error
        }
        guard head.sizeInBytes == plan.objectSize else { return nil }
        let checksum = combinedChecksum(of: parts, plan) ?? source.fullChecksum
        let isOurs = head.etag == ETag(ofParts: parts) || (checksum != nil && head.checksum == checksum)
        return isOurs ? StoredObject(etag: head.etag, checksum: head.checksum, versionID: head.versionID) : nil
    }
}

extension ETag {
    /// What S3 calls an object of these parts: the MD5 over their MD5s, and how many they are. Nil where the parts' own
    /// ETags are no MD5s, as under KMS encryption (AWS user guide, "Checking object integrity").
    init?(ofParts parts: [CompletedPart]) {
        var digests: [UInt8] = []
        for part in parts {
            let digits = Array(part.etag.rawValue.utf8)
            guard digits.count == 32 else { return nil }
            for index in stride(from: 0, to: 32, by: 2) {
                guard let byte = UInt8(String(decoding: digits[index..<index + 2], as: UTF8.self), radix: 16) else {
                    return nil
                }
                digests.append(byte)
            }
        }
        let digest = MD5.hash(digests).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        self.init("\(digest.joined())-\(parts.count)")
    }
}
