import ArgumentParser

/// `NAME=VALUE`: labels, tags and metadata.
struct NamedValue: Sendable, Equatable, ExpressibleByArgument {
    let name: String
    let value: String

    init?(argument: String) {
        guard let equals = argument.firstIndex(of: "="), equals > argument.startIndex else { return nil }
        name = String(argument[..<equals])
        value = String(argument[argument.index(after: equals)...])
    }
}

extension [NamedValue] {
    /// The last of a name counts.
    var map: [String: String] { reduce(into: [:]) { $0[$1.name] = $1.value } }
}
