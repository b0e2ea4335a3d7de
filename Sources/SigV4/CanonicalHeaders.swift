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
    package mutating func append(_ name: String, _ value: [UInt8]) {
        appendName(name)
        if Self.isPlain(value) {
            lines.append(contentsOf: value)
        } else {
            appendTrimmed(value)
        }
        lines.append(UInt8(ascii: "\n"))
    }

    /// As for bytes.
    package mutating func append(_ name: String, _ value: String) {
        append(name, Array(value.utf8))
    }

    private mutating func appendName(_ name: String) {
        assert(lastName < name, "header \(name) after \(lastName)")
        lastName = name
        if !names.isEmpty { names.append(UInt8(ascii: ";")) }
        names.append(contentsOf: name.utf8)
        lines.append(contentsOf: name.utf8)
        lines.append(UInt8(ascii: ":"))
    }

    /// Whether nothing in it is to be trimmed or collapsed, as in almost every value.
    private static func isPlain(_ value: [UInt8]) -> Bool {
        var wasSpace = true
        for byte in value {
            let isSpace = byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
            if isSpace && (wasSpace || byte != UInt8(ascii: " ")) { return false }
            wasSpace = isSpace
        }
        return !wasSpace || value.isEmpty
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
