/// A request as a server got it, for `SignatureVerifier`.
package struct ReceivedRequest: Sendable {
    package let method: String
    /// Path and query exactly as they came, undecoded.
    package let target: String
    /// Names in lower case.
    package let headers: [(name: String, value: String)]

    package init(method: String, target: String, headers: [(name: String, value: String)]) {
        self.method = method
        self.target = target
        let isLowercase = headers.allSatisfy { header in !header.name.utf8.contains(where: Self.isUppercase) }
        self.headers = isLowercase ? headers : headers.map { (name: $0.name.lowercased(), value: $0.value) }
    }

    /// The header's value, several of one name joined by commas; nil when there is none. `name` is in lower case.
    func header(_ name: String) -> String? {
        var found: String?
        for header in headers where header.name == name {
            found = found.map { "\($0),\(header.value)" } ?? header.value
        }
        return found
    }

    /// The target's path as a server encodes it again for the signature: each byte in its one canonical form.
    var canonicalPath: [UInt8] {
        URIEncoding.path(URIEncoding.decode(Array(target.utf8.prefix { $0 != UInt8(ascii: "?") })))
    }

    /// The query's names and values, decoded. A plus sign is a plus sign: signers write spaces as `%20`.
    var queryItems: [(name: [UInt8], value: [UInt8])] {
        guard let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) else { return [] }
        let query = Array(target.utf8[target.utf8.index(after: mark)...])
        return query.split(separator: UInt8(ascii: "&")).map { item in
            let halves = item.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            return (
                URIEncoding.decode(Array(halves[0])), halves.count > 1 ? URIEncoding.decode(Array(halves[1])) : []
            )
        }
    }

    private static func isUppercase(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
    }
}
