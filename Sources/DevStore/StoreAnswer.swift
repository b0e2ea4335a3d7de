import Checksums
import HTTPServer
import HTTPTypes

/// What an operation answers, before faults change it.
struct StoreAnswer: Sendable {
    var status = 200
    var fields = HTTPFields()
    var body: ResponseBody = .empty
    /// Bytes of an object that are sent.
    var objectBytes: Int64 = 0
    var errorCode: String?

    init(status: Int = 200) {
        self.status = status
    }

    /// A document.
    init(status: Int = 200, xml: [UInt8]) {
        self.status = status
        fields[.contentType] = "application/xml"
        body = .bytes(xml)
    }

    /// An error document; none for HEAD, which has no body.
    init(_ failure: S3Failure, resource: String, requestID: String, isHead: Bool) {
        status = failure.status
        errorCode = failure.code
        guard !isHead, failure.status != 304 else { return }
        fields[.contentType] = "application/xml"
        body = .bytes(failure.document(resource: resource, requestID: requestID))
    }

    /// A value that is missing sets nothing.
    mutating func set(_ name: String, _ value: String?) {
        guard let value, let name = HTTPField.Name(name) else { return }
        fields[name] = value
    }

    mutating func setETag(_ etag: String) {
        fields[.eTag] = "\"\(etag)\""
    }

    mutating func setChecksum(_ checksum: ObjectChecksum?) {
        guard let checksum else { return }
        set("x-amz-checksum-\(checksum.kind.rawValue)", checksum.text)
        set("x-amz-checksum-type", checksum.form.rawValue)
    }

    /// Changes the first digit of the ETag, wherever the answer has it.
    mutating func falsifyETag() {
        if let text = fields[.eTag] {
            fields[.eTag] = String(decoding: Self.falsified(Array(text.utf8)), as: UTF8.self)
        }
        guard case .bytes(let document) = body else { return }
        let mark = Array("<ETag>".utf8)
        guard let start = document.indices.first(where: { document[$0...].starts(with: mark) }) else { return }
        let rest = start + mark.count
        body = .bytes(Array(document[..<rest]) + Self.falsified(Array(document[rest...])))
    }

    private static func falsified(_ text: [UInt8]) -> [UInt8] {
        // A quote may be written as an entity, which has no digit.
        guard let digit = text.firstIndex(where: { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            return text
        }
        var text = text
        text[digit] = text[digit] == UInt8(ascii: "0") ? UInt8(ascii: "1") : UInt8(ascii: "0")
        return text
    }
}
