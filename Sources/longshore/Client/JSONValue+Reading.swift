import API

extension JSONValue {
    /// The member of this name; nil when this is no object or has none.
    subscript(_ name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    var text: String? {
        if case .string(let text) = self { return text }
        return nil
    }

    var integer: Int64? {
        if case .integer(let number) = self { return number }
        return nil
    }

    /// Of any number.
    var number: Double? {
        switch self {
        case .integer(let number): Double(number)
        case .number(let number): number
        default: nil
        }
    }

    var flag: Bool? {
        if case .boolean(let flag) = self { return flag }
        return nil
    }

    var elements: [JSONValue] {
        if case .array(let elements) = self { return elements }
        return []
    }

    /// On one line.
    var line: [UInt8] {
        var writer = JSONWriter()
        writer.value(self)
        return writer.bytes
    }
}

extension JSONWriter {
    mutating func value(_ value: JSONValue) {
        switch value {
        case .null: null()
        case .boolean(let flag): boolean(flag)
        case .integer(let number): integer(number)
        // The parser makes infinity of what is too large for 64 bits of floating point, which JSON can't say.
        case .number(let number): number.isFinite ? raw(Array("\(number)".utf8)) : null()
        case .string(let text): string(text)
        case .array(let elements): array { writer in for element in elements { writer.value(element) } }
        case .object(let members):
            object { writer in
                for member in members {
                    // Names come from the other side: written as a string, they are escaped.
                    writer.raw(JSONValue.string(member.name).line + [UInt8(ascii: ":")] + member.value.line)
                }
            }
        }
    }
}
