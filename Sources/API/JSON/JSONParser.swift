/// Reads JSON strictly (RFC 8259). It never traps: nesting, the number of values and every byte are checked, because
/// the text comes from anybody.
package struct JSONParser {
    /// Far above what any request of ours holds (three).
    package static let deepestNesting = 32
    /// Ten times what the largest allowed spec holds; bounds the memory that a body of brackets and commas can take.
    package static let mostValues = 1_000_000

    private let text: [UInt8]
    private var index = 0
    private var values = 0

    package static func parse(_ text: [UInt8]) throws(JSONSyntaxError) -> JSONValue {
        if let bad = UTF8Scan.firstBadByte(in: text) {
            throw JSONSyntaxError(offset: bad, detail: "the text is not UTF-8")
        }
        var parser = JSONParser(text)
        parser.skipSpace()
        if parser.index == text.count { throw JSONSyntaxError(offset: 0, detail: "the body is empty") }
        let value = try parser.value(depth: 0)
        parser.skipSpace()
        if parser.index < text.count { throw parser.unexpected() }
        return value
    }

    private init(_ text: [UInt8]) { self.text = text }

    private var next: UInt8? { index < text.count ? text[index] : nil }

    private func unexpected() -> JSONSyntaxError {
        JSONSyntaxError(
            offset: index, detail: index < text.count ? "there is an unexpected character" : "the text ends too early")
    }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { index += 1 }
    }

    private mutating func value(depth: Int) throws(JSONSyntaxError) -> JSONValue {
        values += 1
        if values > Self.mostValues {
            throw JSONSyntaxError(offset: index, detail: "there are more than \(Self.mostValues) values")
        }
        if depth > Self.deepestNesting {
            throw JSONSyntaxError(offset: index, detail: "it is nested deeper than \(Self.deepestNesting) levels")
        }
        guard let first = next else { throw unexpected() }
        switch first {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .boolean(true))
        case UInt8(ascii: "f"): return try word("false", .boolean(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw unexpected()
        }
    }

    private mutating func object(depth: Int) throws(JSONSyntaxError) -> JSONValue {
        var members: [JSONValue.Member] = []
        index += 1
        skipSpace()
        if take(UInt8(ascii: "}")) { return .object(members) }
        while true {
            guard next == UInt8(ascii: "\"") else { throw unexpected() }
            let name = try string()
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw unexpected() }
            skipSpace()
            members.append(JSONValue.Member(name: name, value: try value(depth: depth + 1)))
            skipSpace()
            if take(UInt8(ascii: "}")) { return .object(members) }
            guard take(UInt8(ascii: ",")) else { throw unexpected() }
            skipSpace()
        }
    }

    private mutating func array(depth: Int) throws(JSONSyntaxError) -> JSONValue {
        var elements: [JSONValue] = []
        index += 1
        skipSpace()
        if take(UInt8(ascii: "]")) { return .array(elements) }
        while true {
            elements.append(try value(depth: depth + 1))
            skipSpace()
            if take(UInt8(ascii: "]")) { return .array(elements) }
            guard take(UInt8(ascii: ",")) else { throw unexpected() }
            skipSpace()
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        index += 1
        return true
    }

    private mutating func word(_ word: String, _ value: JSONValue) throws(JSONSyntaxError) -> JSONValue {
        for byte in word.utf8 {
            guard take(byte) else { throw unexpected() }
        }
        return value
    }

    private mutating func digits() -> Int {
        let start = index
        while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { index += 1 }
        return index - start
    }

    private mutating func number() throws(JSONSyntaxError) -> JSONValue {
        let start = index
        _ = take(UInt8(ascii: "-"))
        let first = index
        guard digits() > 0 else { throw unexpected() }
        if text[first] == UInt8(ascii: "0"), index - first > 1 {
            throw JSONSyntaxError(offset: first, detail: "a number begins with a needless 0")
        }
        var isWhole = true
        if take(UInt8(ascii: ".")) {
            isWhole = false
            guard digits() > 0 else { throw unexpected() }
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            isWhole = false
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            guard digits() > 0 else { throw unexpected() }
        }
        let literal = String(decoding: text[start..<index], as: UTF8.self)
        if isWhole, let integer = Int64(literal) { return .integer(integer) }
        return .number(Double(literal) ?? .infinity)
    }

    private mutating func string() throws(JSONSyntaxError) -> String {
        index += 1
        let start = index
        while let byte = next, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { index += 1 }
        if next == UInt8(ascii: "\"") {
            index += 1
            return String(decoding: text[start..<index - 1], as: UTF8.self)
        }
        var bytes = Array(text[start..<index])
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                index += 1
                return String(decoding: bytes, as: UTF8.self)
            case UInt8(ascii: "\\"):
                index += 1
                try escape(into: &bytes)
            case 0..<0x20:
                throw JSONSyntaxError(offset: index, detail: "a string holds a bare control character")
            default:
                bytes.append(byte)
                index += 1
            }
        }
        throw unexpected()
    }

    private mutating func escape(into bytes: inout [UInt8]) throws(JSONSyntaxError) {
        guard let byte = next else { throw unexpected() }
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(byte)
        case UInt8(ascii: "b"): bytes.append(0x08)
        case UInt8(ascii: "f"): bytes.append(0x0C)
        case UInt8(ascii: "n"): bytes.append(0x0A)
        case UInt8(ascii: "r"): bytes.append(0x0D)
        case UInt8(ascii: "t"): bytes.append(0x09)
        case UInt8(ascii: "u"):
            index += 1
            bytes.append(contentsOf: String(try scalar()).utf8)
            return
        default: throw unexpected()
        }
        index += 1
    }

    /// Behind `\u`: four hexadecimal digits, or two such groups for what UTF-16 writes as a pair.
    private mutating func scalar() throws(JSONSyntaxError) -> Character {
        let start = index
        let first = try unit()
        if let scalar = Unicode.Scalar(UInt32(first)) { return Character(scalar) }
        guard (0xD800...0xDBFF).contains(first), take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else {
            throw JSONSyntaxError(offset: start, detail: "a string holds half a surrogate pair")
        }
        let second = try unit()
        guard (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00))
        else { throw JSONSyntaxError(offset: start, detail: "a string holds half a surrogate pair") }
        return Character(scalar)
    }

    private mutating func unit() throws(JSONSyntaxError) -> UInt16 {
        var value: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = hexadecimalValue(of: byte) else { throw unexpected() }
            value = value << 4 | UInt16(digit)
            index += 1
        }
        return value
    }
}

/// 0 to 15; nil for what is no hexadecimal digit.
func hexadecimalValue(of byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}
