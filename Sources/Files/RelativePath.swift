/// Paths as bytes: `/` separates, every other byte but NUL may be part of a name (POSIX, "Pathname").
enum RelativePath {
    static let separator = UInt8(ascii: "/")
    static let parent = [UInt8(ascii: "."), UInt8(ascii: ".")]

    /// The names in order. What names nothing (empty segments and `.`) is left out; `..` stays.
    static func segments(of path: [UInt8]) -> [[UInt8]] {
        path.split(separator: separator).compactMap { $0.elementsEqual([UInt8(ascii: ".")]) ? nil : Array($0) }
    }

    static func joined(_ segments: some Sequence<[UInt8]>) -> [UInt8] {
        Array(segments.joined(separator: [separator]))
    }

    /// `path` below `base`; an empty base is the directory itself.
    static func joined(_ base: [UInt8], _ path: [UInt8]) -> [UInt8] {
        if base.isEmpty { return path }
        var whole: [UInt8] = []
        whole.reserveCapacity(base.count + 1 + path.count)
        whole += base
        whole.append(separator)
        whole += path
        return whole
    }

    /// Whether only a directory can be meant: the path ends with `/`, `/.` or `/..`.
    static func meansDirectory(_ path: [UInt8]) -> Bool {
        guard let last = path.split(separator: separator, omittingEmptySubsequences: false).last else { return false }
        return last.isEmpty || last.elementsEqual([UInt8(ascii: ".")]) || last.elementsEqual(parent)
    }
}
