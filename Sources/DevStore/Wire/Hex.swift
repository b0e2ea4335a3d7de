/// Hexadecimal digits, lower case unless asked.
enum Hex {
    static func value(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    static func digit(_ nibble: UInt8, uppercase: Bool = false) -> UInt8 {
        nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: uppercase ? "A" : "a") + nibble - 10
    }

    static func digits(_ high: UInt8, _ low: UInt8, uppercase: Bool) -> [UInt8] {
        [digit(high, uppercase: uppercase), digit(low, uppercase: uppercase)]
    }

    static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var result: [UInt8] = []
        for byte in bytes {
            result.append(digit(byte >> 4))
            result.append(digit(byte & 15))
        }
        return String(decoding: result, as: UTF8.self)
    }

    static func encode(_ value: UInt64) -> String {
        encode(stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: value >> UInt64($0)) })
    }

    /// Nil when the length is odd or a character is no digit.
    static func decode(_ text: String) -> [UInt8]? {
        var result: [UInt8] = []
        var iterator = text.utf8.makeIterator()
        while let first = iterator.next() {
            guard let second = iterator.next(), let high = value(first), let low = value(second) else { return nil }
            result.append(high << 4 | low)
        }
        return result
    }
}
