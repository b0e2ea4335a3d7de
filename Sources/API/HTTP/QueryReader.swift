/// Reads a query by name and refuses what nobody asked for: a misspelt filter must not look like "no filter".
package struct QueryReader {
    private struct Item {
        let name: String
        let value: [UInt8]
        var isTaken = false
    }

    private var items: [Item] = []

    package init(_ query: String) throws(ProblemDetails) {
        for pair in query.utf8.split(separator: UInt8(ascii: "&")) {
            let halves = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard
                let name = PercentDecoding.decoded(halves[0], plusIsSpace: true),
                let value = halves.count == 2 ? PercentDecoding.decoded(halves[1], plusIsSpace: true) : [],
                let text = String(validating: name, as: UTF8.self)
            else { throw ProblemDetails(.invalidQuery, "The query has a broken percent-encoding.") }
            items.append(Item(name: text, value: value))
        }
    }

    /// The decoded value, which need not be UTF-8; nil when the parameter is absent.
    package mutating func bytes(_ name: String) throws(ProblemDetails) -> [UInt8]? {
        var found: [UInt8]?
        for index in items.indices where items[index].name == name {
            if found != nil { throw .invalidQuery(name, "is given twice") }
            items[index].isTaken = true
            found = items[index].value
        }
        return found
    }

    package mutating func string(_ name: String) throws(ProblemDetails) -> String? {
        guard let bytes = try bytes(name) else { return nil }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .invalidQuery(name, "is not UTF-8") }
        return text
    }

    /// A decimal number of at least `least`; what is too large for 64 bits counts as the largest.
    package mutating func integer(_ name: String, least: Int64) throws(ProblemDetails) -> Int64? {
        guard let text = try string(name) else { return nil }
        guard let value = Self.decimal(text), value >= least else {
            throw .invalidQuery(name, "must be a whole number of at least \(least)")
        }
        return value
    }

    package mutating func choice<Value: RawRepresentable & CaseIterable>(
        _ name: String, of type: Value.Type
    ) throws(ProblemDetails) -> Value? where Value.RawValue == String {
        guard let text = try string(name) else { return nil }
        guard let value = Value(rawValue: text) else {
            throw .invalidQuery(name, "must be one of \(Value.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return value
    }

    /// The parameters `label.NAME=VALUE`.
    package mutating func labels() throws(ProblemDetails) -> [String: String] {
        var labels: [String: String] = [:]
        for index in items.indices where items[index].name.hasPrefix("label.") {
            let name = String(items[index].name.dropFirst("label.".count))
            if name.isEmpty { throw .invalidQuery("label.", "names no label") }
            guard let value = String(validating: items[index].value, as: UTF8.self) else {
                throw .invalidQuery(items[index].name, "is not UTF-8")
            }
            if labels.updateValue(value, forKey: name) != nil {
                throw .invalidQuery(items[index].name, "is given twice")
            }
            items[index].isTaken = true
        }
        return labels
    }

    /// Call it last: whatever was not asked for is unknown.
    package func finish() throws(ProblemDetails) {
        if let unknown = items.first(where: { !$0.isTaken }) {
            throw .invalidQuery("\"\(unknown.name)\"", "is no parameter of this route")
        }
    }

    /// Nil unless `text` is digits alone.
    package static func decimal(_ text: String) -> Int64? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            return nil
        }
        return Int64(text) ?? .max
    }
}
