/// Where a service is: `http://HOST:PORT` or `https://HOST:PORT`, perhaps with a path before the contract's own, or
/// `unix:/PATH` of its socket.
struct ServiceAddress: Sendable, Equatable {
    /// As it was given, without a `/` at its end.
    let text: String
    /// Of a Unix socket.
    let socketPath: String?

    /// What requests' URLs begin with.
    var base: String { socketPath == nil ? text : "http://localhost" }

    /// Where `longshore serve` listens unless it is told otherwise.
    static let standard = ServiceAddress(checked: "http://127.0.0.1:8600")

    /// Nil for what is no such URL; a user name, a query or a fragment has no meaning here.
    init?(_ text: String) {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst("unix:".count))
            guard path.hasPrefix("/"), path.utf8.count <= 107 else { return nil }
            (self.text, socketPath) = (text, path)
            return
        }
        let schemes = ["http://", "https://"]
        guard let scheme = schemes.first(where: text.lowercased().hasPrefix) else { return nil }
        let rest = text.dropFirst(scheme.count)
        let host = rest.prefix { $0 != "/" }
        guard !host.isEmpty, rest.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), !rest.contains(where: "@?#".contains)
        else { return nil }
        var bytes = Array(text.utf8)
        while bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
        self.text = scheme + String(decoding: bytes.dropFirst(scheme.count), as: UTF8.self)
        socketPath = nil
    }

    private init(checked text: String) {
        self.text = text
        socketPath = nil
    }
}
