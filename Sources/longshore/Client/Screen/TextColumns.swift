/// How many of a terminal's columns text takes: two for wide East Asian characters and emoji, none for what combines.
enum TextColumns {
    static func count(_ text: String) -> Int { text.reduce(0) { $0 + columns(of: $1) } }

    /// The beginning of `text` that fits.
    static func prefix(_ text: String, fitting width: Int) -> String {
        var left = width
        return String(
            text.prefix { character in
                left -= columns(of: character)
                return left >= 0
            })
    }

    /// With blanks behind it, or cut, so that it takes exactly so many.
    static func left(_ text: String, width: Int) -> String {
        let text = prefix(text, fitting: width)
        return text + String(repeating: " ", count: width - count(text))
    }

    static func right(_ text: String, width: Int) -> String {
        let text = prefix(text, fitting: width)
        return String(repeating: " ", count: width - count(text)) + text
    }

    private static func columns(of character: Character) -> Int {
        if character.isASCII { return 1 }
        return character.unicodeScalars.map(columns).max() ?? 0
    }

    /// Unicode's East Asian Width (UAX 11) in the ranges that hold nothing narrow.
    private static func columns(_ scalar: Unicode.Scalar) -> Int {
        switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
            0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
            2
        default:
            switch scalar.properties.generalCategory {
            case .nonspacingMark, .enclosingMark, .format, .control: 0
            default: 1
            }
        }
    }
}
