/// One page of ListObjects, pure: from ordered keys to entries.
struct Listing {
    enum Entry: Equatable {
        case key(KeyBytes)
        case commonPrefix([UInt8])

        var bytes: [UInt8] {
            switch self {
            case .key(let key): key.bytes
            case .commonPrefix(let bytes): bytes
            }
        }
    }

    var prefix: [UInt8] = []
    var delimiter: [UInt8] = []
    /// Entries start behind these bytes. When they are a common prefix that was returned before, all keys beneath it are behind, too.
    var after: [UInt8]?
    /// Keys and common prefixes together; 0 gives an empty page.
    var maximum: Int = 1000

    struct Page {
        var entries: [Entry] = []
        var isTruncated = false
    }

    func page(of keys: [KeyBytes]) -> Page {
        var page = Page()
        guard maximum > 0 else { return page }
        var index = start(in: keys)
        while index < keys.count, keys[index].bytes.starts(with: prefix) {
            if page.entries.count == maximum {
                page.isTruncated = true
                return page
            }
            if let rolled = commonPrefix(of: keys[index]) {
                page.entries.append(.commonPrefix(rolled))
                index = Self.firstIndex(in: keys, from: index) { !$0.bytes.starts(with: rolled) }
            } else {
                page.entries.append(.key(keys[index]))
                index += 1
            }
        }
        return page
    }

    private func start(in keys: [KeyBytes]) -> Int {
        let first = Self.firstIndex(in: keys, from: 0) { !($0 < KeyBytes(prefix)) }
        guard let after else { return first }
        let isReturnedPrefix =
            !delimiter.isEmpty && after.count > prefix.count
            && after.starts(with: prefix) && after.suffix(delimiter.count).elementsEqual(delimiter)
        let behind = Self.firstIndex(in: keys, from: first) { key in
            KeyBytes(after) < key && !(isReturnedPrefix && key.bytes.starts(with: after))
        }
        return behind
    }

    private func commonPrefix(of key: KeyBytes) -> [UInt8]? {
        guard !delimiter.isEmpty else { return nil }
        var index = prefix.count
        while index + delimiter.count <= key.bytes.count {
            if key.bytes[index..<index + delimiter.count].elementsEqual(delimiter) {
                return Array(key.bytes[..<(index + delimiter.count)])
            }
            index += 1
        }
        return nil
    }

    /// Binary search: `isBehind` must be false for a run of keys and then true for all that follow.
    private static func firstIndex(in keys: [KeyBytes], from start: Int, isBehind: (KeyBytes) -> Bool) -> Int {
        var low = start
        var high = keys.count
        while low < high {
            let middle = low + (high - low) / 2
            if isBehind(keys[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
