import Checksums
import Model
import S3Client

/// Whether the object that stands at a key is the one that an upload's parts make.
///
/// The reply to CompleteMultipartUpload may be lost, or the process that asked for it killed; then the upload is gone and
/// only the object can tell (AWS API reference, CompleteMultipartUpload; scenarios 2 and 3 of aws-sdk-java issue 538).
enum CompletionProof {
    /// The size must agree, and the full object's checksum or the ETag. Where the store says neither in a form that
    /// follows from the parts, nothing is proven.
    static func holds(
        _ object: ObjectDescription, parts: [CompletedPart], sizeInBytes: Int64, checksum: Checksum?
    ) -> Bool {
        guard object.sizeInBytes == sizeInBytes else { return false }
        if let checksum, let stored = object.checksum, !object.isChecksumComposite,
            stored.algorithm == checksum.algorithm
        {
            return stored.base64 == checksum.base64
        }
        return etag(of: parts) == object.etag
    }

    /// MD5 of the parts' MD5s, and their number: `9b2cf535f27731c974343645a3985328-3`. Nil when a part's ETag is no MD5.
    static func etag(of parts: [CompletedPart]) -> ETag? {
        var hasher = MD5()
        for part in parts {
            guard let digest = bytes(hexadecimal: part.etag.rawValue), digest.count == 16 else { return nil }
            hasher.update(digest)
        }
        let digits = Array("0123456789abcdef")
        let text = String(hasher.finalize().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
        return ETag("\(text)-\(parts.count)")
    }

    private static func bytes(hexadecimal text: String) -> [UInt8]? {
        let digits = text.map(\.hexDigitValue)
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = digits[index], let low = digits[index + 1] else { return nil }
            bytes.append(UInt8(high << 4 | low))
        }
        return bytes
    }
}
