/// Characters that XML 1.0 can't hold, not even as references (section 2.2): all below a space but tab and line ends.
enum ControlCharacters {
    /// The document with a `?` in the place of each, be it a byte or a reference such as `&#8;` or `&#x8;`.
    static func replaced(in document: [UInt8]) -> [UInt8] {
        guard document.contains(where: isForbidden) || holdsReference(document) else { return document }
        var repaired: [UInt8] = []
        repaired.reserveCapacity(document.count)
        var index = 0
        while index < document.count {
            if let end = endOfForbiddenReference(at: index, in: document) {
                repaired.append(UInt8(ascii: "?"))
                index = end
            } else {
                repaired.append(isForbidden(document[index]) ? UInt8(ascii: "?") : document[index])
                index += 1
            }
        }
        return repaired
    }

    private static func isForbidden(_ byte: UInt8) -> Bool {
        byte < 0x20 && byte != 0x09 && byte != 0x0A && byte != 0x0D
    }

    private static func holdsReference(_ document: [UInt8]) -> Bool {
        for index in document.indices.dropLast() where document[index] == UInt8(ascii: "&") {
            if document[index + 1] == UInt8(ascii: "#") { return true }
        }
        return false
    }

    /// Behind the reference that begins at `index`; nil when there is none, or it may stand.
    private static func endOfForbiddenReference(at index: Int, in document: [UInt8]) -> Int? {
        guard document[index...].starts(with: "&#".utf8),
            let end = document[index...].prefix(12).firstIndex(of: UInt8(ascii: ";"))
        else { return nil }
        let digits = String(decoding: document[(index + 2)..<end], as: UTF8.self)
        let value = digits.hasPrefix("x") ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
        guard let value, value < 0x20, isForbidden(UInt8(value)) else { return nil }
        return end + 1
    }
}
