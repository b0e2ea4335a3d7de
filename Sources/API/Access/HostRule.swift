import HTTPTypes

/// Which names the service answers to, and from which pages it may be changed.
///
/// A page of another host whose name is pointed at this machine (DNS rebinding) is same-origin to the browser, but can't
/// change `Host`. A page that posts here without that tells its `Origin` (Fetch standard, "Origin header").
package struct HostRule: Sendable, Equatable {
    package static let loopback: Set<String> = ["localhost", "127.0.0.1", "::1"]

    /// Nil: whatever `Host` says.
    private let names: Set<String>?
    /// Names that pages may come from, beside the one that was asked.
    private let origins: Set<String>

    package static let any = HostRule(names: nil)

    /// - Parameter names: without ports and brackets; nil admits all.
    package init(names: Set<String>?, origins: Set<String> = []) {
        self.names = names.map { Set($0.map { $0.lowercased() }) }
        self.origins = Set(origins.map { $0.lowercased() })
    }

    func check(_ head: HTTPRequest) throws(ProblemDetails) {
        if let names, let authority = head.authority, !names.contains(Self.host(of: authority)) {
            throw ProblemDetails(
                .misdirectedRequest, "The service does not answer to the name that Host gives (`allowed_hosts`).")
        }
        if head.method == .get || head.method == .head { return }
        if let origin = head.headerFields[.origin] {
            guard let scheme = origin.firstRange(of: "://") else { throw Self.foreign }
            let authority = origin[scheme.upperBound...].lowercased()
            if authority != head.authority?.lowercased(), !origins.contains(Self.host(of: authority)) {
                throw Self.foreign
            }
        } else if head.headerFields[.secFetchSite] == "cross-site" {
            throw Self.foreign
        }
    }

    private static let foreign = ProblemDetails(
        .forbidden, "Pages of other hosts must not change anything here (`allowed_hosts`).")

    /// Without port, brackets and the root's dot.
    ///
    ///     "LOCALHOST:8600" -> "localhost"    "[::1]:8600" -> "::1"    "host." -> "host"
    static func host(of authority: some StringProtocol) -> String {
        var text = authority.lowercased()[...]
        if text.hasPrefix("[") { return String(text.dropFirst().prefix { $0 != "]" }) }
        if let colon = text.lastIndex(of: ":") { text = text[..<colon] }
        if text.hasSuffix(".") { text = text.dropLast() }
        return String(text)
    }
}
