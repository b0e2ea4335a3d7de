/// The address of a webhook, taken apart strictly: what it names must be what is connected to, so whatever two readers
/// could understand in two ways is refused.
package struct WebhookURL: Sendable, Hashable {
    package static let longest = 2_048

    package let isSecure: Bool
    /// Lower case; an IPv6 address with its brackets.
    package let host: String
    package let port: UInt16

    /// The receiver, apart from paths: `https://hooks.example.com:443`.
    package var origin: String { "\(isSecure ? "https" : "http")://\(host):\(port)" }

    /// Nil for what is no absolute URL of http or https, carries a user name, a fragment, or a host of other characters
    /// than letters, digits, `-`, `_` and `.`.
    package init?(_ text: String) {
        guard text.utf8.count <= Self.longest,
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }),
            !text.contains("#")
        else { return nil }
        let rest: Substring
        if text.hasPrefix("https://") {
            (isSecure, rest) = (true, text.dropFirst("https://".count))
        } else if text.hasPrefix("http://") {
            (isSecure, rest) = (false, text.dropFirst("http://".count))
        } else {
            return nil
        }
        guard let (host, port) = Self.authority(rest.prefix { $0 != "/" && $0 != "?" }) else { return nil }
        self.host = host
        self.port = port ?? (isSecure ? 443 : 80)
    }

    /// `HOST` or `HOST:PORT`; nil for anything else.
    static func authority(_ text: Substring) -> (host: String, port: UInt16?)? {
        var host = text
        var port: UInt16?
        let behindBrackets = text.lastIndex(of: "]") ?? text.startIndex
        if let colon = text[behindBrackets...].lastIndex(of: ":") {
            let digits = text[text.index(after: colon)...]
            guard digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
                let number = UInt16(digits), number > 0
            else { return nil }
            (host, port) = (text[..<colon], number)
        }
        let name = host.lowercased()
        guard isHost(name) else { return nil }
        return (name, port)
    }

    private static func isHost(_ name: String) -> Bool {
        if name.hasPrefix("[") {
            let address = name.dropFirst().dropLast()
            return name.hasSuffix("]") && address.contains(":")
                && address.utf8.allSatisfy { Character(UnicodeScalar($0)).isHexDigit || ":.".utf8.contains($0) }
        }
        let labels = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return labels.allSatisfy { label in
            !label.isEmpty
                && label.allSatisfy {
                    switch $0 {
                    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                        UInt8(ascii: "-"), UInt8(ascii: "_"):
                        true
                    default: false
                    }
                }
        }
    }
}
