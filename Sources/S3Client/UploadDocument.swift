import Model

/// The XML documents around a multipart upload.
enum UploadDocument {
    /// The body of CompleteMultipartUpload.
    static func completion(of parts: [CompletedPart]) -> [UInt8] {
        var body: [UInt8] = []
        body.reserveCapacity(160 + parts.count * 160)
        body.append(
            contentsOf: "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">".utf8)
        for part in parts {
            body.append(contentsOf: "<Part><PartNumber>\(part.number.rawValue)</PartNumber><ETag>".utf8)
            appendEscaped(part.etag.quoted, to: &body)
            body.append(contentsOf: "</ETag>".utf8)
            if let checksum = part.checksum, let name = checksum.algorithm.s3Name {
                body.append(contentsOf: "<Checksum\(name)>".utf8)
                appendEscaped(checksum.base64, to: &body)
                body.append(contentsOf: "</Checksum\(name)>".utf8)
            }
            body.append(contentsOf: "</Part>".utf8)
        }
        body.append(contentsOf: "</CompleteMultipartUpload>".utf8)
        return body
    }

    /// From the reply of CreateMultipartUpload. `rclone serve s3` leaves `Result` out of the root's name.
    static func uploadID(_ body: [UInt8]) -> UploadID? {
        let values =
            ResultDocument.read(body, root: "InitiateMultipartUploadResult")
            ?? ResultDocument.read(body, root: "InitiateMultipartUpload")
        return values?["UploadId"].map { UploadID($0) }
    }

    /// From the reply of CompleteMultipartUpload.
    static func storedObject(_ body: [UInt8]) -> StoredObject? {
        ResultDocument.read(body, root: "CompleteMultipartUploadResult").flatMap { ResultDocument.storedObject($0) }
    }

    private static func appendEscaped(_ text: String, to body: inout [UInt8]) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): body.append(contentsOf: "&amp;".utf8)
            case UInt8(ascii: "<"): body.append(contentsOf: "&lt;".utf8)
            case UInt8(ascii: ">"): body.append(contentsOf: "&gt;".utf8)
            default: body.append(byte)
            }
        }
    }
}
