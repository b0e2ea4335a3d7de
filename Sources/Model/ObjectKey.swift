/// How a file's relative path becomes an object's key: raw bytes, never through a URL type.
package enum ObjectKey {
    /// In bytes of UTF-8 (AWS user guide, "Naming Amazon S3 objects").
    package static let longest = 1_024

    /// `prefix` and `path` put together, or why that is no key.
    package static func joining(prefix: [UInt8], path: [UInt8]) throws(Failure) -> [UInt8] {
        var key = [UInt8]()
        key.reserveCapacity(prefix.count + path.count)
        key += prefix
        key += path
        if key.isEmpty { throw Failure(.invalidKey, "the key is empty") }
        if key.count > longest {
            throw Failure(.invalidKey, "the key has \(key.count) bytes, S3 takes at most \(longest)")
        }
        guard isUTF8(key) else { throw Failure(.invalidKey, "the name is not UTF-8") }
        return key
    }

    /// Most names are ASCII, which one pass over the bytes shows; only the others need the decoder.
    package static func isUTF8(_ bytes: [UInt8]) -> Bool {
        if bytes.allSatisfy({ $0 < 0x80 }) { return true }
        return String(validating: bytes, as: UTF8.self) != nil
    }

    /// The last segment of an absolute path: what a single file is called below a prefix.
    package static func lastSegment(of path: [UInt8]) -> [UInt8] {
        let segments = path.split(separator: UInt8(ascii: "/"))
        return segments.last.map(Array.init) ?? []
    }
}

extension JobSpec {
    /// The key of the file at `path`, by the rules of `key` and `prefix`.
    package func objectKey(forPath path: [UInt8], isDirectoryMarker: Bool = false) throws(Failure) -> [UInt8] {
        if let key { return Array(key.utf8) }
        let marked = isDirectoryMarker ? path + [UInt8(ascii: "/")] : path
        return try ObjectKey.joining(prefix: Array((prefix ?? "").utf8), path: marked)
    }
}

extension JobSpec {
    /// The bucket that a download or a copy reads from.
    package var objectBucket: String { kind == .copy ? sourceBucket ?? "" : bucket }

    /// The store that a download or a copy reads from.
    package var objectStore: StoreName { kind == .copy ? sourceStore ?? store : store }

    /// The one object that a download or a copy moves; nil when it moves all below `objectPrefix`.
    package var singleObjectKey: [UInt8]? { (kind == .copy ? sourceKey : key).map { Array($0.utf8) } }

    /// What stands before an object's relative path, verbatim.
    package var objectPrefix: [UInt8] { Array(((kind == .copy ? sourcePrefix : prefix) ?? "").utf8) }
}
