/// The objects of one bucket by key, and the keys in order for listing.
///
/// Putting costs a dictionary entry; the order is only settled when somebody lists, by sorting the keys that are new and merging
/// them, so that a million puts do not pay for a list that nobody asks for.
struct ObjectIndex: Sendable {
    private var records: [KeyBytes: ObjectRecord] = [:]
    private var sorted: [KeyBytes] = []
    private var added: [KeyBytes] = []
    private var removedCount = 0

    var count: Int { records.count }

    subscript(key: KeyBytes) -> ObjectRecord? { records[key] }

    /// Returns what was replaced.
    mutating func put(_ record: ObjectRecord, for key: KeyBytes) -> ObjectRecord? {
        let old = records.updateValue(record, forKey: key)
        if old == nil { added.append(key) }
        return old
    }

    mutating func remove(_ key: KeyBytes) -> ObjectRecord? {
        let old = records.removeValue(forKey: key)
        if old != nil { removedCount += 1 }
        return old
    }

    var all: [KeyBytes: ObjectRecord] { records }

    /// All keys in bytewise order. Amortised: only work when something changed since the last call.
    mutating func orderedKeys() -> [KeyBytes] {
        guard !added.isEmpty || removedCount > 0 else { return sorted }
        added.sort()
        var merged: [KeyBytes] = []
        merged.reserveCapacity(records.count)
        var left = sorted.makeIterator()
        var right = added.makeIterator()
        var nextLeft = left.next()
        var nextRight = right.next()
        while let key = Self.smaller(nextLeft, nextRight) {
            if nextLeft == key { nextLeft = left.next() } else { nextRight = right.next() }
            // A key that was removed and put again stands in both.
            if merged.last != key, removedCount == 0 || records[key] != nil { merged.append(key) }
        }
        sorted = merged
        added = []
        removedCount = 0
        return sorted
    }

    private static func smaller(_ left: KeyBytes?, _ right: KeyBytes?) -> KeyBytes? {
        guard let left else { return right }
        guard let right else { return left }
        return right < left ? right : left
    }
}
