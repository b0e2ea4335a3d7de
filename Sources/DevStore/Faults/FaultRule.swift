import Model

/// One line of a fault script: which requests it is for, and what happens to them. In JSON, with `null` or nothing for
/// "any": `{"operation": "UploadPart", "key": "photos/**", "from": 2, "count": 3, "delay_ms": 50,
/// "error": {"status": 503, "code": "SlowDown"}}`.
package struct FaultRule: Sendable, Codable {
    package struct ErrorReply: Sendable, Codable {
        package var status: Int
        package var code: String
        package var message: String?
        /// Seconds, for a `Retry-After` header.
        package var retryAfter: Int?
        /// More header fields, such as `x-amz-bucket-region`, by name.
        package var headers: [String: String]?

        package init(
            status: Int, code: String, message: String? = nil, retryAfter: Int? = nil, headers: [String: String]? = nil
        ) {
            self.status = status
            self.code = code
            self.message = message
            self.retryAfter = retryAfter
            self.headers = headers
        }

        private enum CodingKeys: String, CodingKey {
            case status, code, message, headers
            case retryAfter = "retry_after"
        }
    }

    /// Pieces of an answer with pauses between them.
    package struct Drip: Sendable, Codable {
        package var bytes: Int
        package var everyMilliseconds: Int

        package init(bytes: Int, everyMilliseconds: Int) {
            self.bytes = bytes
            self.everyMilliseconds = everyMilliseconds
        }

        private enum CodingKeys: String, CodingKey {
            case bytes
            case everyMilliseconds = "every_ms"
        }
    }

    /// Spaces ahead of the answer's document, which S3 sends while it completes a large upload.
    package struct Whitespace: Sendable, Codable {
        package var count: Int
        package var everyMilliseconds: Int

        package init(count: Int, everyMilliseconds: Int) {
            self.count = count
            self.everyMilliseconds = everyMilliseconds
        }

        private enum CodingKeys: String, CodingKey {
            case count
            case everyMilliseconds = "every_ms"
        }
    }

    // MARK: Which requests

    package var operation: S3Operation?
    package var bucket: String?
    /// A `Glob` on the key: `*` stays within a segment, `**` crosses slashes.
    package var key: String?
    package var keyPrefix: String?
    package var partNumber: Int?
    /// Only requests that speak of checksums in `x-amz-checksum-...` or `x-amz-sdk-checksum-...` headers.
    package var withChecksum: Bool = false
    /// The first matching request that it is for, from 1.
    package var from: Int = 1
    /// How many it is for; nil for all.
    package var count: Int?
    /// From 0 to 1, drawn for each of them from the script's seed.
    package var probability: Double = 1

    // MARK: What happens

    /// Waited before anything else.
    package var delayMilliseconds: Int = 0
    /// Answered instead of doing what was asked. Status 200 makes it an error document in a success.
    package var error: ErrorReply?
    /// More requests in a second than this get 503 SlowDown; those within go on as if there were no rule.
    package var throttlePerSecond: Double?
    /// Done as asked, but the connection is cut after so many bytes of the answer's body.
    package var cutAfterBytes: Int?
    /// Done as asked, but in the answer's body the byte at this offset has its lowest bit flipped.
    package var corruptByte: Int?
    /// Done as asked or not (`executes`), but the connection is cut and no answer is readable.
    package var reset: Bool = false
    /// Never answered, until the script is released or the store stops. Not done unless `executes`.
    package var silence: Bool = false
    /// Done as asked, but the answer is kept back until the script is released or the store stops.
    package var withheld: Bool = false
    /// Done as asked, but the answer names another ETag.
    package var wrongETag: Bool = false
    package var drip: Drip?
    package var whitespace: Whitespace?
    /// For `error`, `reset` and `silence`: what was asked is done all the same.
    package var executes: Bool = false

    package init(_ operation: S3Operation? = nil, key: String? = nil, from: Int = 1, count: Int? = nil) {
        self.operation = operation
        self.key = key
        self.from = from
        self.count = count
    }

    private enum CodingKeys: String, CodingKey {
        case operation, bucket, key, from, count, probability, error, reset, silence, withheld, drip, whitespace,
            executes
        case keyPrefix = "key_prefix"
        case partNumber = "part_number"
        case withChecksum = "with_checksum"
        case wrongETag = "wrong_etag"
        case delayMilliseconds = "delay_ms"
        case throttlePerSecond = "throttle_per_second"
        case cutAfterBytes = "cut_after_bytes"
        case corruptByte = "corrupt_byte"
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        operation = try container.decodeIfPresent(S3Operation.self, forKey: .operation)
        bucket = try container.decodeIfPresent(String.self, forKey: .bucket)
        key = try container.decodeIfPresent(String.self, forKey: .key)
        keyPrefix = try container.decodeIfPresent(String.self, forKey: .keyPrefix)
        partNumber = try container.decodeIfPresent(Int.self, forKey: .partNumber)
        withChecksum = try container.decodeIfPresent(Bool.self, forKey: .withChecksum) ?? false
        wrongETag = try container.decodeIfPresent(Bool.self, forKey: .wrongETag) ?? false
        from = try container.decodeIfPresent(Int.self, forKey: .from) ?? 1
        count = try container.decodeIfPresent(Int.self, forKey: .count)
        probability = try container.decodeIfPresent(Double.self, forKey: .probability) ?? 1
        delayMilliseconds = try container.decodeIfPresent(Int.self, forKey: .delayMilliseconds) ?? 0
        error = try container.decodeIfPresent(ErrorReply.self, forKey: .error)
        throttlePerSecond = try container.decodeIfPresent(Double.self, forKey: .throttlePerSecond)
        cutAfterBytes = try container.decodeIfPresent(Int.self, forKey: .cutAfterBytes)
        corruptByte = try container.decodeIfPresent(Int.self, forKey: .corruptByte)
        reset = try container.decodeIfPresent(Bool.self, forKey: .reset) ?? false
        silence = try container.decodeIfPresent(Bool.self, forKey: .silence) ?? false
        withheld = try container.decodeIfPresent(Bool.self, forKey: .withheld) ?? false
        drip = try container.decodeIfPresent(Drip.self, forKey: .drip)
        whitespace = try container.decodeIfPresent(Whitespace.self, forKey: .whitespace)
        executes = try container.decodeIfPresent(Bool.self, forKey: .executes) ?? false
        if let key, Glob(key) == nil {
            throw DecodingError.dataCorruptedError(
                forKey: .key, in: container, debugDescription: "not a pattern: \(key)")
        }
    }
}
