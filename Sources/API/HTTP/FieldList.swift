/// Splits field values at commas and semicolons that stand in no quoted string (RFC 9110, section 5.6).
enum FieldList {
    static func split(_ text: some StringProtocol, at separator: Character) -> [String] {
        var pieces: [String] = []
        var piece = ""
        var isQuoted = false
        var isEscaped = false
        for character in text {
            if isEscaped {
                isEscaped = false
            } else if isQuoted, character == "\\" {
                isEscaped = true
            } else if character == "\"" {
                isQuoted.toggle()
            } else if character == separator, !isQuoted {
                pieces.append(trimmed(piece))
                piece = ""
                continue
            }
            piece.append(character)
        }
        pieces.append(trimmed(piece))
        return pieces.filter { !$0.isEmpty }
    }

    static func trimmed(_ text: some StringProtocol) -> String {
        var rest = text[...]
        while let first = rest.first, first == " " || first == "\t" { rest = rest.dropFirst() }
        while let last = rest.last, last == " " || last == "\t" { rest = rest.dropLast() }
        return String(rest)
    }

    /// The value without its quotes and backslashes; as it is when it has no quotes; nil when a quote is not closed.
    static func unquoted(_ text: String) -> String? {
        guard text.first == "\"" else { return text }
        var result = ""
        var isEscaped = false
        var rest = text.dropFirst()
        while let character = rest.popFirst() {
            if isEscaped {
                result.append(character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == "\"" {
                return rest.isEmpty ? result : nil
            } else {
                result.append(character)
            }
        }
        return nil
    }
}
