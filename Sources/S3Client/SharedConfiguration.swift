import FoundationEssentials

/// AWS's shared `credentials` and `config` files, and which profile of them is meant.
///
/// The files are read anew by each `profile` call: keys may have been rotated. (AWS SDK reference, "Shared config and
/// credentials files".)
package struct SharedConfiguration: Sendable {
    /// The profile that is meant.
    package let profileName: String
    private let credentialsFile: String?
    private let configFile: String?
    private let readFile: @Sendable (_ path: String) -> [UInt8]?

    /// - Parameters:
    ///   - environment: `AWS_PROFILE`, `AWS_SHARED_CREDENTIALS_FILE`, `AWS_CONFIG_FILE`, `HOME`.
    ///   - profile: wins over `AWS_PROFILE`.
    ///   - readFile: nil when there is no such file.
    package init(
        environment: [String: String], profile: String? = nil,
        readFile: @escaping @Sendable (_ path: String) -> [UInt8]? = Self.readFromDisk
    ) {
        func path(_ variable: String, _ standard: String) -> String? {
            if let path = environment[variable], !path.isEmpty { return path }
            return environment["HOME"].map { "\($0)/.aws/\(standard)" }
        }
        let named = environment["AWS_PROFILE"].flatMap { $0.isEmpty ? nil : $0 }
        profileName = profile ?? named ?? "default"
        credentialsFile = path("AWS_SHARED_CREDENTIALS_FILE", "credentials")
        configFile = path("AWS_CONFIG_FILE", "config")
        self.readFile = readFile
    }

    /// The profile's values from both files, the credentials file's first; nil when neither knows it.
    package func profile() -> [String: String]? {
        let fromConfig = section(
            of: configFile, profileName == "default" ? ["default", "profile default"] : ["profile \(profileName)"])
        let fromCredentials = section(of: credentialsFile, [profileName])
        guard fromConfig != nil || fromCredentials != nil else { return nil }
        return (fromConfig ?? [:]).merging(fromCredentials ?? [:]) { $1 }
    }

    /// The profile's region, if it names one.
    package var region: String? { profile()?["region"] }

    package static let readFromDisk: @Sendable (_ path: String) -> [UInt8]? = { path in
        (try? Data(contentsOf: URL(filePath: path))).map { Array($0) }
    }

    private func section(of file: String?, _ names: [String]) -> [String: String]? {
        guard let file, let bytes = readFile(file) else { return nil }
        let sections = Self.sections(String(decoding: bytes, as: UTF8.self))
        return names.compactMap { sections[$0] }.first
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
                let key = line[..<equals].trimmed.lowercased()
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
        return String(text.trimmed)
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        var text = drop { $0.isWhitespace }
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}
