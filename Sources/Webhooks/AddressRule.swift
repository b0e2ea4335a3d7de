package import CurlTransport

/// Which addresses a message may be sent to, whatever name led there: public ones, and those that the settings allow.
///
/// It is asked for the very address that is connected to, so that a name which changes its address between two questions
/// gains nothing.
package struct AddressRule: Sendable {
    private let allowed: [Network]

    package init(allowing allowed: [Network]) { self.allowed = allowed }

    package func admits(_ address: PeerAddress) -> Bool {
        let address = Self.inner(address)
        return allowed.contains { $0.contains(address) } || !Self.closed.contains { $0.contains(address) }
    }

    /// The IPv4 address inside of an IPv6 one that stands for it: mapped (RFC 4291), NAT64 (RFC 6052), 6to4 (RFC 3056).
    /// It is where the connection ends.
    private static func inner(_ address: PeerAddress) -> PeerAddress {
        let bytes = address.bytes
        guard bytes.count == 16 else { return address }
        if mapped.contains(address) || compatible.contains(address) || translated.contains(address) {
            return bytes[..<15].allSatisfy { $0 == 0 } ? address : PeerAddress(bytes: Array(bytes[12...]))
        }
        return sixToFour.contains(address) ? PeerAddress(bytes: Array(bytes[2..<6])) : address
    }

    private static let mapped = network("::ffff:0:0/96")
    private static let compatible = network("::/96")
    private static let translated = network("64:ff9b::/96")
    private static let sixToFour = network("2002::/16")

    /// What is not of the public internet (IANA's registries of special-purpose addresses, RFC 6890): this host and network,
    /// private, shared (carrier's NAT), loopback, link-local (the metadata of clouds among them), protocol assignments,
    /// documentation, benchmarks, multicast, reserved, broadcast; for IPv6 unspecified, loopback, local NAT64, discard,
    /// Teredo and its kin, documentation, unique local (the metadata of a cloud among them), link-local, site-local,
    /// multicast.
    private static let closed = [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4", "::/128", "::1/128", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32",
        "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    ].map(network)

    private static func network(_ text: String) -> Network {
        guard let network = Network(text) else { preconditionFailure("\(text) is no network") }
        return network
    }
}
