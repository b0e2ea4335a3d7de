/// The profiles of AWS's shared files as they were at one moment.
package struct SharedProfiles: Sendable {
    private let config: [String: [String: String]]
    private let credentials: [String: [String: String]]

    init(config: [String: [String: String]], credentials: [String: [String: String]]) {
        self.config = config
        self.credentials = credentials
    }

    /// A profile's values from both files, the credentials file's first; nil when neither knows it.
    package subscript(name: String) -> [String: String]? {
        let fromConfig = config["profile \(name)"] ?? (name == "default" ? config["default"] : nil)
        let fromCredentials = credentials[name]
        guard fromConfig != nil || fromCredentials != nil else { return nil }
        return (fromConfig ?? [:]).merging(fromCredentials ?? [:]) { $1 }
    }

    /// `[name]`, then `key = value` lines. Comments begin with `#` or `;`; indented lines belong to nested settings, which
    /// none of ours are.
    static func sections(_ text: String) -> [String: [String: String]] {
        var sections: [String: [String: String]] = [:]
        var current: String?
        for line in text.split(whereSeparator: \.isNewline) {
            guard let first = line.first, !first.isWhitespace, first != "#", first != ";" else { continue }
            if first == "[" {
                let name = line.dropFirst().prefix { $0 != "]" }.split(whereSeparator: \.isWhitespace).joined(
                    separator: " ")
                current = name
                sections[name, default: [:]] = sections[name] ?? [:]
            } else if let current, let equals = line.firstIndex(of: "=") {
                let key = line[..<equals].trimmingCharacters(where: \.isWhitespace).lowercased()
                sections[current]?[key] = withoutComment(line[line.index(after: equals)...])
            }
        }
        return sections
    }

    /// A comment in a value needs a space before it: secrets may contain a `#`.
    private static func withoutComment(_ value: Substring) -> String {
        var text = value
        for mark in [" #", " ;", "\t#", "\t;"] {
            if let range = text.firstRange(of: mark) { text = text[..<range.lowerBound] }
        }
        return text.trimmingCharacters(where: \.isWhitespace)
    }
}
