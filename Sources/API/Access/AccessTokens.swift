/// The bearer tokens that open the service (RFC 6750), known by their digests alone.
package struct AccessTokens: Sendable {
    package struct Entry: Sendable, Equatable {
        package let digest: [UInt8]
        package let caller: Caller

        /// - Parameter digest: SHA-256 of the token's bytes.
        package init(digest: [UInt8], caller: Caller) {
            self.digest = digest
            self.caller = caller
        }
    }

    private let entries: [Entry]
    private let digest: @Sendable ([UInt8]) -> [UInt8]

    /// No token is needed.
    package static let none = AccessTokens([]) { $0 }

    /// - Parameters:
    ///   - entries: none opens the service to everybody.
    ///   - digest: SHA-256. It comes in as a function because this room does not see `Checksums`.
    package init(_ entries: [Entry], digest: @escaping @Sendable ([UInt8]) -> [UInt8]) {
        self.entries = entries
        self.digest = digest
    }

    /// Whether the service is open to everybody who reaches it.
    package var isOpen: Bool { entries.isEmpty }

    /// Whose token an `Authorization` field shows; nil when it opens nothing. The time that it takes tells nothing of the
    /// digests: all are compared, to their last byte.
    package func caller(_ field: String?) -> Caller? {
        if entries.isEmpty { return .anybody }
        guard let field, let space = field.firstIndex(of: " "), field[..<space].lowercased() == "bearer" else {
            return nil
        }
        let presented = digest(Array(FieldList.trimmed(field[space...]).utf8))
        var found: Caller?
        for entry in entries where Self.isEqual(entry.digest, presented) { found = entry.caller }
        return found
    }

    /// Whether a token still stands for this caller.
    package func knows(_ caller: Caller) -> Bool {
        entries.isEmpty ? caller == .anybody : entries.contains { $0.caller == caller }
    }

    private static func isEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        var difference: UInt8 = 0
        for index in left.indices { difference |= left[index] ^ right[index] }
        return difference == 0
    }
}
