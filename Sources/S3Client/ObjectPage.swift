package import Model

/// One page of a bucket's objects.
package struct ObjectPage: Sendable, Hashable {
    /// An object as a list shows it.
    package struct Object: Sendable, Hashable {
        /// Raw bytes.
        package var key: [UInt8]
        package var sizeInBytes: Int64
        package var etag: ETag
        package var lastModified: Timestamp?
    }

    package let objects: [Object]
    /// What the keys behind a delimiter have in common, delimiter included. Raw bytes.
    package let commonPrefixes: [[UInt8]]
    /// What asks for the next page; nil when this is the last.
    package let nextToken: String?

    /// Nil when the body is no list of objects.
    init?(document body: [UInt8]) {
        let reader = Reader()
        guard XMLScanner.scan(body, into: reader), reader.hasRoot, !reader.isBroken else { return nil }
        let isEncoded = reader.isEncoded
        objects =
            isEncoded
            ? reader.objects.map { object in
                var object = object
                object.key = ListedText.decode(object.key, isEncoded: true)
                return object
            } : reader.objects
        commonPrefixes = reader.prefixes.map { ListedText.decode($0, isEncoded: isEncoded) }
        nextToken = reader.isTruncated ? reader.token : nil
        if reader.isTruncated, reader.token == nil { return nil }
    }

    private final class Reader: XMLElementReceiver {
        var hasRoot = false
        var isBroken = false
        var isEncoded = false
        var isTruncated = false
        var token: String?
        var objects: [Object] = []
        var prefixes: [[UInt8]] = []
        private var current = Object(key: [], sizeInBytes: -1, etag: ETag(""))

        func started(_ name: String, parent: String) {
            if parent.isEmpty { hasRoot = name == "ListBucketResult" }
            if name == "Contents" { current = Object(key: [], sizeInBytes: -1, etag: ETag("")) }
        }

        func ended(_ name: String, parent: String, text: [UInt8]) {
            if parent == "Contents" { return tell(name, text) }
            switch (parent, name) {
            case ("ListBucketResult", "Contents"):
                isBroken = isBroken || current.key.isEmpty || current.sizeInBytes < 0
                objects.append(current)
            case ("CommonPrefixes", "Prefix"): prefixes.append(text)
            case ("ListBucketResult", "EncodingType"): isEncoded = text == Array("url".utf8)
            case ("ListBucketResult", "IsTruncated"): isTruncated = text == Array("true".utf8)
            case ("ListBucketResult", "NextContinuationToken"): token = String(decoding: text, as: UTF8.self)
            default: break
            }
        }

        private func tell(_ name: String, _ text: [UInt8]) {
            switch name {
            case "Key": current.key = text
            case "Size": current.sizeInBytes = Int64(String(decoding: text, as: UTF8.self)) ?? -1
            case "ETag": current.etag = ETag(quoted: String(decoding: text, as: UTF8.self))
            case "LastModified": current.lastModified = Timestamp(iso8601: text)
            default: break
            }
        }
    }
}
