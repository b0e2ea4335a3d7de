/// A media type in lower case, without its parameters.
package struct MediaType: Sendable, Hashable {
    package let type: String
    package let subtype: String

    package static let json = MediaType("application", "json")
    package static let ndjson = MediaType("application", "x-ndjson")
    package static let eventStream = MediaType("text", "event-stream")
    package static let text = MediaType("text", "plain")
    package static let csv = MediaType("text", "csv")
    package static let html = MediaType("text", "html")
    package static let css = MediaType("text", "css")
    /// RFC 9239.
    package static let javaScript = MediaType("text", "javascript")
    package static let svg = MediaType("image", "svg+xml")

    private init(_ type: String, _ subtype: String) {
        self.type = type
        self.subtype = subtype
    }

    /// Nil for what has no `/`.
    package init?(_ text: some StringProtocol) {
        let halves = FieldList.trimmed(text.prefix { $0 != ";" }).lowercased().split(separator: "/", maxSplits: 1)
        guard halves.count == 2 else { return nil }
        self.init(String(halves[0]), String(halves[1]))
    }

    package var isJSON: Bool { type == "application" && (subtype == "json" || subtype.hasSuffix("+json")) }

    /// What `Content-Type` says.
    package var fieldValue: String { type == "text" ? "\(type)/\(subtype); charset=utf-8" : "\(type)/\(subtype)" }
}
