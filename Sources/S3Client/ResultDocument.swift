import Model

/// A small reply: a root with leaves.
enum ResultDocument {
    /// The leaves' texts by name; nil when the body is no document with this root.
    static func read(_ body: [UInt8], root: String) -> [String: String]? {
        let reader = Reader(root: root)
        guard XMLScanner.scan(body, into: reader, repairing: true), reader.hasRoot else { return nil }
        return reader.values
    }

    /// What CompleteMultipartUpload and the copies say in their leaves.
    static func storedObject(_ values: [String: String]) -> StoredObject? {
        guard let etag = values["ETag"] else { return nil }
        return StoredObject(etag: ETag(quoted: etag), checksum: checksum(values))
    }

    /// The first of S3's checksums among the leaves.
    static func checksum(_ values: [String: String]) -> Checksum? {
        for algorithm in Checksum.Algorithm.ofS3 {
            if let name = algorithm.s3Name, let value = values["Checksum\(name)"] {
                return Checksum(algorithm, base64: value)
            }
        }
        return nil
    }

    private final class Reader: XMLElementReceiver {
        let root: String
        var hasRoot = false
        var values: [String: String] = [:]

        init(root: String) {
            self.root = root
        }

        func started(_ name: String, parent: String) {
            if parent.isEmpty { hasRoot = name == root }
        }

        func ended(_ name: String, parent: String, text: [UInt8]) {
            if parent == root { values[name] = String(decoding: text, as: UTF8.self) }
        }
    }
}
