import SigV4

/// A store's base address, taken apart.
struct Endpoint: Sendable, Hashable {
    let isSecure: Bool
    /// As it stands in `Host`: with the port unless it is the scheme's own, IPv6 in brackets, in lower case.
    let authority: String
    /// The path before the bucket, without a slash at its end; empty for almost all stores.
    let basePath: String

    /// Nil unless the text is `http://` or `https://`, a host, and at most a port and a path.
    init?(_ text: String) {
        let rest: Substring
        if text.hasPrefix("https://") {
            isSecure = true
            rest = text.dropFirst("https://".count)
        } else if text.hasPrefix("http://") {
            isSecure = false
            rest = text.dropFirst("http://".count)
        } else {
            return nil
        }
        let authority = rest.prefix { $0 != "/" }
        let path = rest.dropFirst(authority.count)
        guard let checked = Self.authority(authority, isSecure: isSecure),
            path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") })
        else { return nil }
        self.authority = checked
        basePath = String(path.trimmingSlashes)
    }

    private init(isSecure: Bool, authority: String, basePath: String) {
        self.isSecure = isSecure
        self.authority = authority
        self.basePath = basePath
    }

    /// AWS's own endpoint of a service in a region (AWS general reference, "Service endpoints and quotas").
    static func aws(service: String, region: String) -> Endpoint {
        let suffix = region.hasPrefix("cn-") ? "amazonaws.com.cn" : "amazonaws.com"
        return Endpoint(isSecure: true, authority: "\(service).\(region).\(suffix)", basePath: "")
    }

    /// `https://host[:port]`.
    var origin: String { "\(isSecure ? "https" : "http")://\(authority)" }

    /// Without the port, IPv6 without its brackets.
    var host: String {
        if authority.hasPrefix("[") { return String(authority.dropFirst().prefix { $0 != "]" }) }
        return String(authority.prefix { $0 != ":" })
    }

    /// The same with the bucket as the first label of the host name.
    func virtualHost(bucket: String) -> Endpoint {
        Endpoint(isSecure: isSecure, authority: "\(bucket).\(authority)", basePath: basePath)
    }

    private static func authority(_ text: Substring, isSecure: Bool) -> String? {
        let isBracketed = text.hasPrefix("[")
        guard
            let hostEnd = isBracketed
                ? text.firstIndex(of: "]").map(text.index(after:))
                : text.firstIndex(of: ":") ?? text.endIndex
        else { return nil }
        let host = text[..<hostEnd].lowercased()
        let port = text[hostEnd...]
        let isHost = host.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."),
                UInt8(ascii: "-"), UInt8(ascii: "_"):
                true
            case UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "%"): isBracketed
            default: false
            }
        }
        guard isHost, !host.isEmpty else { return nil }
        if port.isEmpty { return host }
        guard let number = UInt16(port.dropFirst()), number > 0, port.first == ":" else { return nil }
        return number == (isSecure ? 443 : 80) ? host : "\(host):\(number)"
    }
}

extension Substring {
    fileprivate var trimmingSlashes: Substring {
        var text = self
        while text.last == "/" { text.removeLast() }
        return text
    }
}
