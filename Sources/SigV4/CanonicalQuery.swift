/// A query in canonical form: names and values encoded, sorted by name and then by value, `name=value` joined by `&`.
package struct CanonicalQuery: Sendable {
    package let bytes: [UInt8]

    /// Takes names and values that are not encoded.
    package init(_ items: [(name: [UInt8], value: [UInt8])]) {
        var bytes: [UInt8] = []
        let encoded = items.map { (URIEncoding.queryComponent($0.name), URIEncoding.queryComponent($0.value)) }
        for (name, value) in encoded.sorted(by: Self.isOrdered) {
            if !bytes.isEmpty { bytes.append(UInt8(ascii: "&")) }
            bytes.append(contentsOf: name)
            bytes.append(UInt8(ascii: "="))
            bytes.append(contentsOf: value)
        }
        self.bytes = bytes
    }

    package init(_ items: [(name: String, value: String)]) {
        self.init(items.map { (Array($0.name.utf8), Array($0.value.utf8)) })
    }

    private static func isOrdered(_ first: ([UInt8], [UInt8]), _ second: ([UInt8], [UInt8])) -> Bool {
        first.0 == second.0 ? first.1.lexicographicallyPrecedes(second.1) : first.0.lexicographicallyPrecedes(second.0)
    }
}
