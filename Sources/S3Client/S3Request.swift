import CurlTransport
import Model
import SigV4

/// One operation's request before it is signed: what stays the same from attempt to attempt.
struct S3Request: Sendable {
    let operation: S3Operation
    let method: Exchange.Method
    let bucket: String
    /// Raw bytes; empty for the bucket itself.
    var key: [UInt8] = []
    /// In canonical form.
    var query: [UInt8] = []
    /// Sorted by name, without those that every request has.
    var headers: [Header] = []
    var body = Exchange.Body.none
    /// The value of `x-amz-content-sha256`.
    var payloadHash = Self.emptyPayload
    var sink = Exchange.Sink.collect(limitInBytes: Self.documentLimit)
    var options = ExchangeOptions()

    /// How long an operation that works inside the store may be silent.
    static let patientTimeout: Duration = .seconds(600)
    /// No reply document of S3 is larger: 1,000 keys of 1,024 bytes, three bytes each when encoded.
    static let documentLimit = 16 << 20
    static let emptyPayload = PayloadHash.empty.text
    static let unsignedPayload = PayloadHash.unsigned.text

    init(_ operation: S3Operation, _ method: Exchange.Method, bucket: String, key: [UInt8] = []) {
        self.operation = operation
        self.method = method
        self.bucket = bucket
        self.key = key
    }

    /// Takes the payload as the body; its checksum header is added to the rest.
    mutating func carry(_ payload: Payload) {
        switch payload.source {
        case .bytes(let bytes): body = .bytes(bytes)
        case .file(let descriptor, let range):
            body = .file(
                FileBody(descriptor: descriptor, offsetInBytes: range.offset, sizeInBytes: range.count))
        }
        payloadHash = payload.sha256.flatMap { SHA256Hash($0) }?.hexadecimal ?? Self.unsignedPayload
        if let checksum = payload.checksum {
            headers = Header.merge(headers, [Header(checksum.algorithm.headerName, checksum.base64)])
        }
    }

    /// Takes an XML document as the body.
    mutating func carry(document: [UInt8]) {
        body = .bytes(document)
        payloadHash = SHA256Hash(of: document).hexadecimal
        headers = Header.merge(headers, [Header("content-type", "application/xml")])
    }
}

extension Checksum.Algorithm {
    /// `x-amz-checksum-crc32c`, or `content-md5`.
    var headerName: String {
        switch self {
        case .crc32c: "x-amz-checksum-crc32c"
        case .crc32: "x-amz-checksum-crc32"
        case .crc64nvme: "x-amz-checksum-crc64nvme"
        case .sha256: "x-amz-checksum-sha256"
        case .md5: "content-md5"
        }
    }

    /// `CRC32C`, as `x-amz-checksum-algorithm` and the XML elements have it; nil for MD5, which is none of S3's checksums.
    var s3Name: String? {
        switch self {
        case .crc32c: "CRC32C"
        case .crc32: "CRC32"
        case .crc64nvme: "CRC64NVME"
        case .sha256: "SHA256"
        case .md5: nil
        }
    }

    /// Those that S3 has names for.
    static let ofS3: [Checksum.Algorithm] = [.crc32c, .crc32, .crc64nvme, .sha256]
}
