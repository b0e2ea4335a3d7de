/// A request header that is signed: the name is in lower case.
struct Header: Sendable, Hashable {
    let name: String
    let value: String

    init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    /// Two sorted lists as one. Of equal names the first list's comes first.
    static func merge(_ first: [Header], _ second: [Header]) -> [Header] {
        if second.isEmpty { return first }
        if first.isEmpty { return second }
        var merged: [Header] = []
        merged.reserveCapacity(first.count + second.count)
        var next = 0
        for header in first {
            while next < second.count, second[next].name < header.name {
                merged.append(second[next])
                next += 1
            }
            merged.append(header)
        }
        merged.append(contentsOf: second[next...])
        return merged
    }
}
