/// Where the next page of a list begins: opaque to callers, and good for the query that it came from alone.
package struct PageToken: Sendable, Equatable {
    /// One or two numbers of the last row that was shown, as the list orders them.
    package let cursor: [Int64]

    package init(_ cursor: [Int64]) { self.cursor = cursor }

    /// - Parameter query: everything but the page that decides which rows the list holds.
    package func text(for query: String) -> String {
        var bytes: [UInt8] = []
        for number in cursor { Self.append(UInt64(bitPattern: number), to: &bytes) }
        Self.append(Self.seal(bytes, query), to: &bytes)
        return Base64.urlEncoded(bytes)
    }

    /// Nil when `text` was not made for `query` with this many numbers.
    package init?(_ text: String, for query: String, count: Int) {
        guard text.utf8.count <= 64, let bytes = Base64.urlDecoded(text), bytes.count == (count + 1) * 8 else {
            return nil
        }
        let numbers = stride(from: 0, to: bytes.count, by: 8).map { start in
            bytes[start..<start + 8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        }
        guard numbers.last == Self.seal(Array(bytes.dropLast(8)), query) else { return nil }
        cursor = numbers.dropLast().map { Int64(bitPattern: $0) }
    }

    /// FNV-1a over cursor and query. It finds mistakes, not attacks: a forged cursor shows nothing that the list hides.
    private static func seal(_ bytes: [UInt8], _ query: String) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes + query.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return hash
    }

    private static func append(_ number: UInt64, to bytes: inout [UInt8]) {
        for shift in stride(from: 56, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: number >> UInt64(shift)))
        }
    }
}
