/// Reads the small documents that S3 clients send (CompleteMultipartUpload, Delete, Tagging) into a tree.
///
/// Knows elements, attributes (skipped), text, character references, CDATA, comments and processing instructions.
/// Refuses document types, so that no entity can be declared, and more than 16 levels.
struct XMLReader {
    /// Where the document stopped making sense: answered as MalformedXML.
    struct Malformed: Error {}

    private static let maximumDepth = 16

    private let bytes: [UInt8]
    private var index = 0

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    static func document(_ bytes: [UInt8]) throws(Malformed) -> XMLElement {
        var reader = XMLReader(bytes)
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { reader.index = 3 }
        try reader.skipMisc()
        let root = try reader.element(depth: 1)
        try reader.skipMisc()
        guard reader.index == bytes.count else { throw Malformed() }
        return root
    }

    private mutating func element(depth: Int) throws(Malformed) -> XMLElement {
        guard depth <= Self.maximumDepth, take("<") else { throw Malformed() }
        var element = XMLElement(name: localName(try name()))
        if try skipAttributes() { return element }
        while true {
            guard index < bytes.count else { throw Malformed() }
            if take("</") {
                guard localName(try name()) == element.name else { throw Malformed() }
                skipSpace()
                guard take(">") else { throw Malformed() }
                return element
            } else if take("<!--") {
                _ = try until("-->")
            } else if take("<![CDATA[") {
                element.text.append(contentsOf: try until("]]>"))
            } else if take("<?") {
                _ = try until("?>")
            } else if bytes[index] == UInt8(ascii: "<") {
                element.children.append(try self.element(depth: depth + 1))
            } else if take("&") {
                element.text.append(contentsOf: try reference())
            } else {
                element.text.append(bytes[index])
                index += 1
            }
        }
    }

    /// True when the tag closed itself.
    private mutating func skipAttributes() throws(Malformed) -> Bool {
        while index < bytes.count {
            skipSpace()
            if take("/>") { return true }
            if take(">") { return false }
            _ = try name()
            skipSpace()
            guard take("=") else { throw Malformed() }
            skipSpace()
            if take("\"") { _ = try until("\"") } else if take("'") { _ = try until("'") } else { throw Malformed() }
        }
        throw Malformed()
    }

    private mutating func reference() throws(Malformed) -> [UInt8] {
        let text = String(decoding: try until(";"), as: UTF8.self)
        switch text {
        case "amp": return [UInt8(ascii: "&")]
        case "lt": return [UInt8(ascii: "<")]
        case "gt": return [UInt8(ascii: ">")]
        case "quot": return [UInt8(ascii: "\"")]
        case "apos": return [UInt8(ascii: "'")]
        default: break
        }
        guard text.hasPrefix("#") else { throw Malformed() }
        let digits = text.dropFirst()
        let value = digits.hasPrefix("x") ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits, radix: 10)
        guard let value, let scalar = Unicode.Scalar(value) else { throw Malformed() }
        return Array(String(Character(scalar)).utf8)
    }

    private mutating func skipMisc() throws(Malformed) {
        while true {
            skipSpace()
            if take("<?") {
                _ = try until("?>")
            } else if take("<!--") {
                _ = try until("-->")
            } else {
                return
            }
        }
    }

    private mutating func name() throws(Malformed) -> String {
        let start = index
        while index < bytes.count, !Self.endsName(bytes[index]) { index += 1 }
        guard index > start else { throw Malformed() }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    private static func endsName(_ byte: UInt8) -> Bool {
        byte <= 32 || [UInt8(ascii: ">"), UInt8(ascii: "/"), UInt8(ascii: "="), UInt8(ascii: "<")].contains(byte)
    }

    private func localName(_ name: String) -> String {
        name.split(separator: ":").last.map(String.init) ?? name
    }

    private mutating func skipSpace() {
        while index < bytes.count, [9, 10, 13, 32].contains(bytes[index]) { index += 1 }
    }

    private mutating func take(_ token: String) -> Bool {
        let end = index + token.utf8.count
        guard end <= bytes.count, bytes[index..<end].elementsEqual(token.utf8) else { return false }
        index = end
        return true
    }

    private mutating func until(_ token: String) throws(Malformed) -> ArraySlice<UInt8> {
        let start = index
        while index < bytes.count {
            let end = index
            if take(token) { return bytes[start..<end] }
            index += 1
        }
        throw Malformed()
    }
}
