import Model

/// The conditional headers of a request (RFC 9110, section 13), or those of a copy about its source.
struct Conditions: Sendable {
    private let ifMatch: String?
    private let ifNoneMatch: String?
    private let ifModifiedSince: Timestamp?
    private let ifUnmodifiedSince: Timestamp?

    /// - Parameter prefix: `x-amz-copy-source-` for a copy's source.
    init(_ headers: RequestHeaders, prefix: String = "") {
        ifMatch = headers[prefix + "if-match"]
        ifNoneMatch = headers[prefix + "if-none-match"]
        ifModifiedSince = headers[prefix + "if-modified-since"].flatMap { Timestamp(httpDate: $0) }
        ifUnmodifiedSince = headers[prefix + "if-unmodified-since"].flatMap { Timestamp(httpDate: $0) }
    }

    /// - Throws: PreconditionFailed, or NotModified where `notModified` is allowed: reads, not copies.
    func checkRead(_ record: ObjectRecord, notModified: Bool) throws(S3Failure) {
        if let ifMatch {
            guard Self.matches(ifMatch, record) else { throw Self.failed("If-Match") }
        } else if let ifUnmodifiedSince, record.modified.seconds > ifUnmodifiedSince.seconds {
            throw Self.failed("If-Unmodified-Since")
        }
        let isUnchanged: Bool
        if let ifNoneMatch {
            isUnchanged = Self.matches(ifNoneMatch, record)
        } else {
            isUnchanged = ifModifiedSince.map { record.modified.seconds <= $0.seconds } ?? false
        }
        if isUnchanged { throw notModified ? S3Failure(.notModified) : Self.failed("If-None-Match") }
    }

    /// Before a write or a deletion. S3 knows only `If-None-Match: *`, and `If-Match` with an ETag.
    ///
    /// - Throws: PreconditionFailed, NoSuchKey or NotImplemented.
    func checkWrite(over record: ObjectRecord?) throws(S3Failure) {
        if let ifNoneMatch {
            guard ifNoneMatch == "*" else { throw S3Failure(.notImplemented) }
            if record != nil { throw Self.failed("If-None-Match") }
        }
        if let ifMatch {
            guard let record else { throw S3Failure(.noSuchKey) }
            guard Self.matches(ifMatch, record) else { throw Self.failed("If-Match") }
        }
    }

    private static func matches(_ header: String, _ record: ObjectRecord) -> Bool {
        header.split(separator: ",").contains { item in
            let tag = item.drop { $0 == " " }
            return tag == "*" || tag == record.quotedETag || tag == record.etag
        }
    }

    private static func failed(_ condition: String) -> S3Failure {
        S3Failure(.preconditionFailed, details: [.init(name: "Condition", value: condition)])
    }
}
