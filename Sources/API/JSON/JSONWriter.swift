package import Model

/// Writes JSON straight into bytes: rows of lists and streams are written by the thousand, so nothing is boxed, and
/// only `\ufffd` and control characters are ever escaped.
package struct JSONWriter {
    package private(set) var bytes: [UInt8] = []
    private var separates = false

    package init(capacity: Int = 512) { bytes.reserveCapacity(capacity) }

    package mutating func object(_ body: (inout JSONWriter) -> Void) {
        begin(UInt8(ascii: "{"))
        body(&self)
        end(UInt8(ascii: "}"))
    }

    package mutating func array(_ body: (inout JSONWriter) -> Void) {
        begin(UInt8(ascii: "["))
        body(&self)
        end(UInt8(ascii: "]"))
    }

    /// `name` is one of ours: nothing in it needs escaping.
    package mutating func name(_ name: String) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: name.utf8)
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
        separates = false
    }

    package mutating func null() { word("null") }
    package mutating func boolean(_ value: Bool) { word(value ? "true" : "false") }

    package mutating func integer(_ value: Int64) {
        separate()
        bytes.appendDecimal(value)
        separates = true
    }

    package mutating func string(_ value: String) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        var text = value
        text.makeContiguousUTF8()
        for byte in text.utf8 { append(escaping: byte) }
        bytes.append(UInt8(ascii: "\""))
        separates = true
    }

    /// Bytes that should be UTF-8: `\ufffd` stands for each that is not.
    package mutating func string(_ value: [UInt8]) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        var index = 0
        while index < value.count {
            let byte = value[index]
            if byte < 0x80 {
                append(escaping: byte)
                index += 1
                continue
            }
            let length = UTF8Scan.length(in: value, at: index)
            if length == 0 {
                bytes.append(contentsOf: "\\ufffd".utf8)
                index += 1
            } else {
                for position in index..<index + length { bytes.append(value[position]) }
                index += length
            }
        }
        bytes.append(UInt8(ascii: "\""))
        separates = true
    }

    /// A value that was written before, verbatim.
    package mutating func raw(_ value: [UInt8]) {
        separate()
        bytes.append(contentsOf: value)
        separates = true
    }

    /// Text between whole JSON texts, as the frames of a stream and the ends of lines are. What follows begins anew.
    package mutating func verbatim(_ text: String) {
        bytes.append(contentsOf: text.utf8)
        separates = false
    }

    /// 0 to 1 in millionths, without needless zeros: 430,000 is `0.43`.
    package mutating func fraction(millionths: Int) {
        separate()
        bytes.appendDecimal(Int64(millionths / 1_000_000))
        var rest = millionths % 1_000_000
        if rest > 0 {
            bytes.append(UInt8(ascii: "."))
            var divisor = 100_000
            while rest > 0 {
                bytes.append(UInt8(ascii: "0") + UInt8(rest / divisor))
                rest %= divisor
                divisor /= 10
            }
        }
        separates = true
    }

    private mutating func append(escaping byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"):
            bytes.append(UInt8(ascii: "\\"))
            bytes.append(byte)
        case 0x0A: bytes.append(contentsOf: "\\n".utf8)
        case 0x0D: bytes.append(contentsOf: "\\r".utf8)
        case 0x09: bytes.append(contentsOf: "\\t".utf8)
        case 0..<0x20:
            bytes.append(contentsOf: "\\u00".utf8)
            bytes.appendHexadecimal(byte)
        default: bytes.append(byte)
        }
    }

    private mutating func word(_ word: String) {
        separate()
        bytes.append(contentsOf: word.utf8)
        separates = true
    }

    private mutating func begin(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        separates = false
    }

    private mutating func end(_ bracket: UInt8) {
        bytes.append(bracket)
        separates = true
    }

    private mutating func separate() {
        if separates { bytes.append(UInt8(ascii: ",")) }
    }
}

extension JSONWriter {
    package mutating func field(_ name: String, _ value: String?) {
        self.name(name)
        if let value { string(value) } else { null() }
    }

    package mutating func field(_ name: String, bytes value: [UInt8]) {
        self.name(name)
        string(value)
    }

    package mutating func field(_ name: String, _ value: Int64?) {
        self.name(name)
        if let value { integer(value) } else { null() }
    }

    package mutating func field(_ name: String, _ value: Int) { field(name, Int64(value)) }

    package mutating func field(_ name: String, _ value: Bool) {
        self.name(name)
        boolean(value)
    }

    package mutating func field(_ name: String, _ value: Timestamp?) { field(name, value?.description) }

    package mutating func objectField(_ name: String, _ body: (inout JSONWriter) -> Void) {
        self.name(name)
        object(body)
    }

    package mutating func arrayField(_ name: String, _ body: (inout JSONWriter) -> Void) {
        self.name(name)
        array(body)
    }

    /// Names of a caller's own, in a fixed order so that equal maps are written alike.
    package mutating func field(_ name: String, map: [String: String]) {
        self.name(name)
        begin(UInt8(ascii: "{"))
        for (key, value) in map.sorted(by: { $0.key < $1.key }) {
            string(key)
            bytes.append(UInt8(ascii: ":"))
            separates = false
            string(value)
        }
        end(UInt8(ascii: "}"))
    }

    package mutating func field(_ name: String, strings: [String]) {
        arrayField(name) { writer in
            for text in strings { writer.string(text) }
        }
    }
}
