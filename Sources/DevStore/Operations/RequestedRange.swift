/// A `Range` header (RFC 9110, section 14.2): one range of bytes; anything else is as if it were not there.
struct RequestedRange: Sendable {
    private let first: Int64?
    private let last: Int64?

    init?(_ header: String?) {
        guard let header, header.hasPrefix("bytes=") else { return nil }
        let halves = header.dropFirst(6).split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard halves.count == 2, let first = Self.number(halves[0]), let last = Self.number(halves[1]) else {
            return nil
        }
        guard first.value != nil || last.value != nil else { return nil }
        if let start = first.value, let end = last.value, end < start { return nil }
        self.first = first.value
        self.last = last.value
    }

    /// The bytes of an object of that size; nil when the range lies behind its end.
    ///
    /// Of 10 bytes: `0-3` is 0..<4, `8-` is 8..<10, `-3` is 7..<10, `10-` is nil.
    func bytes(of size: Int64) -> Range<Int64>? {
        guard let first else {
            let count = min(last ?? 0, size)
            return count > 0 ? size - count..<size : nil
        }
        guard first < size else { return nil }
        return first..<(last.map { min($0 + 1, size) } ?? size)
    }

    /// An empty text is no number and no fault.
    private static func number(_ text: Substring) -> (value: Int64?, Void)? {
        if text.isEmpty { return (nil, ()) }
        guard let value = Int64(text), value >= 0, value < Int64.max else { return nil }
        return (value, ())
    }
}
