import Glibc

extension PeerAddress {
    /// An address as people write it: `192.0.2.1`, `2001:db8::1`. Nil for anything else (inet_pton manual page).
    package init?(text: String) {
        var bytes = [UInt8](repeating: 0, count: 16)
        if unsafe inet_pton(AF_INET, text, &bytes) == 1 {
            self.init(bytes: Array(bytes.prefix(4)))
        } else if unsafe inet_pton(AF_INET6, text, &bytes) == 1 {
            self.init(bytes: bytes)
        } else {
            return nil
        }
    }
}
