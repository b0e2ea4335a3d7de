import ArgumentParser

/// `s3://BUCKET/PATH`: objects of a store, the path verbatim, nothing percent-encoded.
///
///     s3://media            bucket media, path ""
///     s3://media//a?b       bucket media, path "/a?b"
struct ObjectPlace: Sendable, Equatable {
    let bucket: String
    /// Behind the bucket's `/`.
    let path: String

    /// Nil for what does not begin with `s3://` and a bucket's name.
    init?(_ argument: String) {
        let scheme = "s3://"
        guard argument.lowercased().hasPrefix(scheme) else { return nil }
        let bytes = argument.utf8.dropFirst(scheme.utf8.count)
        let slash = bytes.firstIndex(of: UInt8(ascii: "/"))
        guard let bucket = String(bytes[..<(slash ?? bytes.endIndex)]), !bucket.isEmpty,
            let path = slash.map({ String(bytes[bytes.index(after: $0)...]) }) ?? .some("")
        else { return nil }
        self.bucket = bucket
        self.path = path
    }

    /// Whether it says of itself that it is no object: the bucket, or a path that ends with `/`.
    var isFolder: Bool { path.isEmpty || path.utf8.last == UInt8(ascii: "/") }

    /// For the parser.
    ///
    /// - Throws: `ValidationError` that says what was expected.
    static func parse(_ text: String) throws -> ObjectPlace {
        guard let place = ObjectPlace(text) else { throw ValidationError("it is no s3://BUCKET/PREFIX") }
        return place
    }

    static let completion = CompletionKind.list(["s3://"])
}
