/// The reply of GetObjectTagging.
enum TaggingDocument {
    /// Values by name; nil when the body is no list of tags.
    static func tags(_ body: [UInt8]) -> [String: String]? {
        let reader = Reader()
        guard XMLScanner.scan(body, into: reader), reader.hasRoot else { return nil }
        return reader.tags
    }

    private final class Reader: XMLElementReceiver {
        var hasRoot = false
        var tags: [String: String] = [:]
        private var name = ""
        private var value = ""

        func started(_ name: String, parent: String) {
            if parent.isEmpty { hasRoot = name == "Tagging" }
        }

        func ended(_ name: String, parent: String, text: [UInt8]) {
            switch (parent, name) {
            case ("Tag", "Key"): self.name = String(decoding: text, as: UTF8.self)
            case ("Tag", "Value"): value = String(decoding: text, as: UTF8.self)
            case ("TagSet", "Tag"):
                tags[self.name] = value
                (self.name, value) = ("", "")
            default: break
            }
        }
    }
}
