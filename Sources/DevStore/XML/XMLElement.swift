/// One element of a request document: local name, its own text, its children in order.
struct XMLElement {
    var name: String
    var text: [UInt8] = []
    var children: [XMLElement] = []

    func first(_ name: String) -> XMLElement? { children.first { $0.name == name } }

    func all(_ name: String) -> [XMLElement] { children.filter { $0.name == name } }

    /// The text of the first child of that name, trimmed of the white space that pretty printers add.
    func string(_ name: String) -> String? {
        first(name)?.trimmed
    }

    var trimmed: String {
        let isSpace = { (byte: UInt8) in byte == 32 || byte == 9 || byte == 10 || byte == 13 }
        guard let start = text.firstIndex(where: { !isSpace($0) }), let end = text.lastIndex(where: { !isSpace($0) })
        else { return "" }
        return String(decoding: text[start...end], as: UTF8.self)
    }
}
