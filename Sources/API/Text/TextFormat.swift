/// Numbers and names as people read them.
package enum TextFormat {
    /// `1,234,567`
    package static func count(_ value: Int) -> String {
        var digits = Array(String(value.magnitude).utf8)
        var index = digits.count - 3
        while index > 0 {
            digits.insert(UInt8(ascii: ","), at: index)
            index -= 3
        }
        return (value < 0 ? "-" : "") + String(decoding: digits, as: UTF8.self)
    }

    /// Powers of 1,024 with one decimal: `1023 B`, `1.0 KiB`, `4.5 GiB`.
    package static func bytes(_ value: Int64) -> String {
        var unit: Int64 = 1
        for name in ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] {
            if value / 1_024 < unit || name == "PiB" {
                return unit == 1 ? "\(value) B" : tenths(value / (unit / 16) * 10 / 16) + " \(name)"
            }
            unit *= 1_024
        }
        return "\(value) B"
    }

    /// Of a part in whole percent, rounded down; an empty one has nothing to send, so it is at 0 until it is done.
    package static func percent(_ sent: Int64, of size: Int64) -> Int {
        size > 0 ? Int(min(100, Double(max(0, sent)) * 100 / Double(size))) : 0
    }

    /// `43.0 %`
    package static func percent(millionths: Int) -> String { tenths(Int64(millionths / 1_000)) + " %" }

    /// `12 s`, `3 min 20 s`, `5 h 1 min`
    package static func duration(seconds: Int64) -> String {
        if seconds < 60 { return "\(seconds) s" }
        if seconds < 3_600 { return "\(seconds / 60) min \(seconds % 60) s" }
        return "\(seconds / 3_600) h \(seconds % 3_600 / 60) min"
    }

    /// As above, and `0.3 s` below a minute.
    package static func duration(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        if seconds >= 60 { return Self.duration(seconds: seconds) }
        return tenths(seconds * 10 + attoseconds / 100_000_000_000_000_000) + " s"
    }

    /// A path that can't move a terminal's cursor: `\xNN` for control characters and for what is no UTF-8.
    package static func name(_ path: [UInt8]) -> String {
        var text: [UInt8] = []
        var index = 0
        while index < path.count {
            let length = UTF8Scan.length(in: path, at: index)
            let isControl =
                path[index] < 0x20 || path[index] == 0x7F
                || (path[index] == 0xC2 && length == 2 && path[index + 1] < 0xA0)
            if length == 0 || isControl {
                for byte in path[index..<index + max(1, length)] {
                    text.append(text: "\\x")
                    text.appendHexadecimal(byte)
                }
            } else {
                text += path[index..<index + length]
            }
            index += max(1, length)
        }
        return String(decoding: text, as: UTF8.self)
    }

    package static func name(_ text: String) -> String { name(Array(text.utf8)) }

    /// The last segment, with `...` in front when it is longer than `width` characters.
    package static func shortName(_ path: [UInt8], width: Int) -> String {
        let segment = path.split(separator: UInt8(ascii: "/")).last.map(Array.init) ?? path
        let text = name(segment)
        return text.count <= width ? text : "..." + text.suffix(width - 3)
    }

    package static func left(_ text: String, width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    package static func right(_ text: String, width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }

    private static func tenths(_ value: Int64) -> String { "\(value / 10).\(value % 10)" }
}
