/// Where a service is: `http://HOST:PORT` or `https://HOST:PORT`, perhaps with a path before the contract's own.
struct ServiceAddress: Sendable, Equatable {
    /// Without a `/` at its end.
    let text: String

    /// Where `longshore serve` listens unless it is told otherwise.
    static let standard = ServiceAddress(checked: "http://127.0.0.1:8600")

    /// Nil for what is no such URL; a user name, a query or a fragment has no meaning here.
    init?(_ text: String) {
        let schemes = ["http://", "https://"]
        guard let scheme = schemes.first(where: text.lowercased().hasPrefix) else { return nil }
        let rest = text.dropFirst(scheme.count)
        let host = rest.prefix { $0 != "/" }
        guard !host.isEmpty, rest.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), !rest.contains(where: "@?#".contains)
        else { return nil }
        var bytes = Array(text.utf8)
        while bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
        self.text = scheme + String(decoding: bytes.dropFirst(scheme.count), as: UTF8.self)
    }

    private init(checked text: String) { self.text = text }
}
