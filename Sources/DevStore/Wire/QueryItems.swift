/// A target's query: decoded names and values in their order.
struct QueryItems: Sendable {
    private var items: [(name: String, value: [UInt8])] = []

    /// - Throws: InvalidURI when an escape is broken.
    init(_ query: Substring.UTF8View) throws(S3Failure) {
        for item in query.split(separator: UInt8(ascii: "&")) {
            let halves = item.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentCoding.decode(halves[0]),
                let value = halves.count > 1 ? PercentCoding.decode(halves[1]) : []
            else { throw S3Failure(.invalidURI) }
            items.append((String(decoding: name, as: UTF8.self), value))
        }
    }

    var names: [String] { items.map(\.name) }

    func has(_ name: String) -> Bool { items.contains { $0.name == name } }

    func bytes(_ name: String) -> [UInt8]? { items.first { $0.name == name }?.value }

    subscript(name: String) -> String? { bytes(name).map { String(decoding: $0, as: UTF8.self) } }

    /// A number from 0 up; nil when the item is missing.
    ///
    /// - Throws: InvalidArgument for anything else.
    func number(_ name: String) throws(S3Failure) -> Int? {
        guard let text = self[name] else { return nil }
        guard let number = Int(text), number >= 0, number <= Int(Int32.max) else {
            throw S3Failure(.invalidArgument, "Provided \(name) not an integer or within integer range")
        }
        return number
    }
}
