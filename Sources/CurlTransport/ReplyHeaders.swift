/// The header block of a reply as it came, searched when asked: most replies are asked for one or two fields.
package struct ReplyHeaders: Sendable {
    /// The status line and the fields with their line ends. Interim (1xx) blocks are left out; trailer fields follow.
    package let block: [UInt8]

    package init(block: [UInt8]) {
        self.block = block
    }

    /// The value of the first field of this name, without the space around it. Names match in any case
    /// (RFC 9110, section 5.1).
    package func bytes(_ name: StaticString) -> ArraySlice<UInt8>? {
        name.withUTF8Buffer { unsafe find($0) }
    }

    package func bytes(_ name: String) -> ArraySlice<UInt8>? {
        find(Array(name.utf8))
    }

    /// As `bytes`, as text; bytes that are no UTF-8 come as replacement characters.
    package subscript(_ name: StaticString) -> String? {
        bytes(name).map { String(decoding: $0, as: UTF8.self) }
    }

    package subscript(_ name: String) -> String? {
        bytes(name).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Every field in its order, names as they came.
    package var fields: [(name: String, value: String)] {
        var found: [(name: String, value: String)] = []
        forEachLine { line in
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return true }
            let name = String(decoding: line[..<colon], as: UTF8.self)
            found.append((name, String(decoding: Self.trim(line[(colon + 1)...]), as: UTF8.self)))
            return true
        }
        return found
    }

    private func find(_ name: some RandomAccessCollection<UInt8>) -> ArraySlice<UInt8>? {
        var found: ArraySlice<UInt8>?
        forEachLine { line in
            guard line.count > name.count, line[line.startIndex + name.count] == UInt8(ascii: ":"),
                zip(line, name).allSatisfy({ Self.lowercased($0) == Self.lowercased($1) })
            else { return true }
            found = Self.trim(line[(line.startIndex + name.count + 1)...])
            return false
        }
        return found
    }

    /// Calls `body` with each line after the status line until it returns false.
    private func forEachLine(_ body: (ArraySlice<UInt8>) -> Bool) {
        var start = block.startIndex
        var isStatusLine = true
        while start < block.endIndex {
            let end = block[start...].firstIndex(of: UInt8(ascii: "\n")) ?? block.endIndex
            if !isStatusLine, !body(block[start..<end]) { return }
            isStatusLine = false
            start = end + 1
        }
    }

    private static func trim(_ value: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var value = value
        while let first = value.first, first == 0x20 || first == 0x09 { value.removeFirst() }
        while let last = value.last, last == 0x20 || last == 0x09 || last == 0x0D { value.removeLast() }
        return value
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }
}
