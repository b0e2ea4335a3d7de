import Model
import S3Client

/// A file's mtime as `x-amz-meta-mtime` carries it: seconds since 1970 with up to nine decimals, as rclone and s3fs
/// write it.
///
///     1_700_000_000_500_000_000 ns  ->  1700000000.5        -1 ns  ->  -0.000000001
package enum ModificationTime {
    package static func text(nanoseconds: Int64) -> String {
        let (seconds, rest) = nanoseconds.magnitude.quotientAndRemainder(dividingBy: 1_000_000_000)
        let sign = nanoseconds < 0 ? "-" : ""
        if rest == 0 { return "\(sign)\(seconds)" }
        var decimals = String(rest)
        decimals = String(repeating: "0", count: 9 - decimals.count) + decimals
        while decimals.hasSuffix("0") { decimals.removeLast() }
        return "\(sign)\(seconds).\(decimals)"
    }

    /// Nil for what is no such time, or is out of range.
    package static func nanoseconds(_ text: String) -> Int64? {
        var digits = Substring(text)
        let isNegative = digits.first == "-"
        if isNegative { digits.removeFirst() }
        let halves = digits.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = halves.first, !whole.isEmpty, whole.utf8.allSatisfy(isDigit), let seconds = Int64(whole),
            seconds < 9_000_000_000
        else { return nil }
        var fraction: Int64 = 0
        if halves.count == 2 {
            guard halves[1].utf8.allSatisfy(isDigit) else { return nil }
            let nine = halves[1].prefix(9)
            fraction = Int64(nine + String(repeating: "0", count: 9 - nine.count)) ?? 0
        }
        let value = seconds * 1_000_000_000 + fraction
        return isNegative ? -value : value
    }

    /// How old an object's bytes are: its `mtime` metadata, or else when the store got it; that has whole seconds, and is
    /// never earlier.
    static func nanoseconds(of object: ObjectDescription) -> Int64? {
        object.metadata["mtime"].flatMap(nanoseconds) ?? object.lastModified.map { $0.microseconds * 1_000 }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
}
