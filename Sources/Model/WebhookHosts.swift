/// The hosts that webhooks may name.
package struct WebhookHosts: Sendable, Hashable {
    /// `hooks.example.com`, `hooks.example.com:8443`, `*.example.com` (each below it, not itself),
    /// `http://hooks.example.com`: without a scheme https, without a port the scheme's own.
    private struct Entry: Sendable, Hashable {
        var isSecure = true
        var host: String
        var isSuffix = false
        var port: UInt16

        init?(_ text: String) {
            var rest = text[...]
            if rest.hasPrefix("http://") {
                isSecure = false
                rest = rest.dropFirst("http://".count)
            } else if rest.hasPrefix("https://") {
                rest = rest.dropFirst("https://".count)
            }
            if rest.hasPrefix("*.") {
                isSuffix = true
                rest = rest.dropFirst(2)
            }
            guard let (host, port) = WebhookURL.authority(rest) else { return nil }
            self.host = host
            self.port = port ?? (isSecure ? 443 : 80)
        }

        func admits(_ url: WebhookURL) -> Bool {
            url.isSecure == isSecure && url.port == port
                && (isSuffix ? url.host.hasSuffix(".\(host)") : url.host == host)
        }
    }

    private let entries: [Entry]

    package static let none = WebhookHosts(entries: [])

    private init(entries: [Entry]) { self.entries = entries }

    /// Nil when one of them is none of the forms; `fault` says which.
    package init?(_ texts: [String], fault: inout String?) {
        var entries: [Entry] = []
        for text in texts {
            guard let entry = Entry(text) else {
                fault = text
                return nil
            }
            entries.append(entry)
        }
        self.entries = entries
    }

    package var isEmpty: Bool { entries.isEmpty }

    /// Why a webhook must not be sent there; nil when it may.
    package func fault(of text: String) -> String? {
        if entries.isEmpty { return "no host is allowed: webhook_hosts of the settings names none" }
        guard let url = WebhookURL(text) else {
            return "must be https://HOST[:PORT]/PATH in visible ASCII, without user name and fragment"
        }
        return entries.contains { $0.admits(url) } ? nil : "\(url.origin) is not among webhook_hosts of the settings"
    }
}
