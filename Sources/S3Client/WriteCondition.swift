package import Model

/// What must hold at the key for a write to happen (AWS user guide, "Conditional requests"); else S3 answers 412.
package enum WriteCondition: Sendable, Hashable {
    /// There is no object.
    case ifAbsent
    /// The object has this ETag.
    case ifMatch(ETag)

    var header: Header {
        switch self {
        case .ifAbsent: Header("if-none-match", "*")
        case .ifMatch(let etag): Header("if-match", etag.quoted)
        }
    }
}

extension ETag {
    /// From a header or an XML reply, where quotes stand around it.
    init(quoted: String) {
        self.init(quoted: Array(quoted.utf8)[...])
    }

    init(quoted: ArraySlice<UInt8>) {
        var text = quoted
        if text.starts(with: [UInt8(ascii: "W"), UInt8(ascii: "/")]) { text = text.dropFirst(2) }
        if text.count >= 2, text.first == UInt8(ascii: "\""), text.last == UInt8(ascii: "\"") {
            text = text.dropFirst().dropLast()
        }
        self.init(String(decoding: text, as: UTF8.self))
    }

    /// As requests carry it.
    var quoted: String { "\"\(rawValue)\"" }
}
