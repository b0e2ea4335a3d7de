/// The headers that a signature covers, as the canonical request wants them: names in lower case and sorted.
///
/// Two blocks of bytes grow while headers are appended, so a request costs two allocations and not two for each header.
package struct CanonicalHeaders: Sendable {
    /// `name:value\n` for each header.
    private(set) var lines: [UInt8] = []
    /// `name;name`.
    private(set) var names: [UInt8] = []
    private var lastName = ""

    package init(reservingLines lineBytes: Int = 512, names nameBytes: Int = 192) {
        lines.reserveCapacity(lineBytes)
        names.reserveCapacity(nameBytes)
    }

    /// Takes headers in any order and case; values of one name are joined by commas in the order given.
    package init(sorting headers: some Sequence<(name: String, value: String)>) {
        self.init()
        let sorted = headers.map { (name: $0.name.lowercased(), value: $0.value) }.enumerated()
            .sorted { ($0.element.name, $0.offset) < ($1.element.name, $1.offset) }
        for (_, header) in sorted {
            if header.name == lastName {
                lines[lines.count - 1] = UInt8(ascii: ",")
                appendTrimmed(Array(header.value.utf8))
                lines.append(UInt8(ascii: "\n"))
            } else {
                append(header.name, header.value)
            }
        }
    }

    /// Adds one more header. The name is in lower case and greater than all before it; the value is without line ends.
    ///
    /// Outer spaces are dropped and inner runs become one space, as the specification says.
    package mutating func append(_ name: String, _ value: String) {
        appendName(name)
        let start = lines.count
        lines.append(contentsOf: value.utf8)
        endValue(from: start)
    }

    /// As for text.
    package mutating func append(_ name: String, _ value: [UInt8]) {
        appendName(name)
        let start = lines.count
        lines.append(contentsOf: value)
        endValue(from: start)
    }

    private mutating func appendName(_ name: String) {
        assert(lastName < name, "header \(name) after \(lastName)")
        lastName = name
        if !names.isEmpty { names.append(UInt8(ascii: ";")) }
        names.append(contentsOf: name.utf8)
        lines.append(contentsOf: name.utf8)
        lines.append(UInt8(ascii: ":"))
    }

    /// The value stands in `lines` as it came: nothing is to be trimmed or collapsed in almost every one.
    private mutating func endValue(from start: Int) {
        var wasSpace = true
        var isPlain = true
        for index in start..<lines.count {
            let isSpace = lines[index] == UInt8(ascii: " ") || lines[index] == UInt8(ascii: "\t")
            if isSpace && (wasSpace || lines[index] != UInt8(ascii: " ")) { isPlain = false }
            wasSpace = isSpace
        }
        if !isPlain || wasSpace && start < lines.count {
            let value = Array(lines[start...])
            lines.removeSubrange(start...)
            appendTrimmed(value)
        }
        lines.append(UInt8(ascii: "\n"))
    }

    private mutating func appendTrimmed(_ value: [UInt8]) {
        var isSpacePending = false
        var isEmpty = true
        for byte in value {
            if byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") {
                isSpacePending = !isEmpty
                continue
            }
            if isSpacePending { lines.append(UInt8(ascii: " ")) }
            isSpacePending = false
            isEmpty = false
            lines.append(byte)
        }
    }
}
