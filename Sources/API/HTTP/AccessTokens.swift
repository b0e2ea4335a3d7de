/// The bearer tokens that open the service (RFC 6750), known by their digests alone.
package struct AccessTokens: Sendable {
    private let digests: [[UInt8]]
    private let digest: @Sendable ([UInt8]) -> [UInt8]

    /// No token is needed.
    package static let none = AccessTokens(digests: []) { $0 }

    /// - Parameters:
    ///   - digests: SHA-256 of each token's bytes; none opens the service to everybody.
    ///   - digest: SHA-256. It comes in as a function because this room does not see `Checksums`.
    package init(digests: [[UInt8]], digest: @escaping @Sendable ([UInt8]) -> [UInt8]) {
        self.digests = digests
        self.digest = digest
    }

    /// Whether an `Authorization` field opens the service. The time that it takes tells nothing of the digests: all
    /// are compared, to their last byte.
    package func admit(_ field: String?) -> Bool {
        if digests.isEmpty { return true }
        guard let field, let space = field.firstIndex(of: " "), field[..<space].lowercased() == "bearer" else {
            return false
        }
        let presented = digest(Array(FieldList.trimmed(field[space...]).utf8))
        var isKnown = false
        for known in digests where Self.isEqual(known, presented) { isKnown = true }
        return isKnown
    }

    private static func isEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        var difference: UInt8 = 0
        for index in left.indices { difference |= left[index] ^ right[index] }
        return difference == 0
    }
}
