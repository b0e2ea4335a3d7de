/// A request target taken apart (RFC 9112, section 3.2): decoded path segments, and the query as it came.
package struct RequestTarget: Sendable, Equatable {
    /// Between the slashes, percent-decoded: a segment may itself hold an encoded slash.
    package let segments: [[UInt8]]
    package let query: String

    /// Nil for what is no path: it has no leading `/`, or a broken percent-encoding.
    package init?(_ raw: String) {
        var text = raw.utf8[...]
        if let scheme = Self.absoluteForm(text) { text = scheme }
        let path = text.prefix { $0 != UInt8(ascii: "?") }
        guard path.first == UInt8(ascii: "/") else { return nil }
        var segments: [[UInt8]] = []
        for segment in path.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            guard let decoded = PercentDecoding.decoded(segment) else { return nil }
            segments.append(decoded)
        }
        self.segments = segments
        query = String(decoding: text[path.endIndex...].dropFirst(), as: UTF8.self)
    }

    /// `http://host/path`, which every server must take, without its first two thirds.
    private static func absoluteForm(_ text: Substring.UTF8View) -> Substring.UTF8View? {
        for scheme in ["http://", "https://"] where text.starts(with: scheme.utf8) {
            let rest = text.dropFirst(scheme.utf8.count)
            return rest[(rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex)...]
        }
        return nil
    }
}
