import CCurl

/// The address that a connection is about to be opened to: of IPv4 or IPv6, whatever name stood for it.
package struct PeerAddress: Sendable, Hashable {
    /// 4 or 16 bytes in network order.
    package let bytes: [UInt8]

    package init(bytes: [UInt8]) { self.bytes = bytes }

    /// Nil for what is neither.
    init?(_ address: UnsafePointer<curl_sockaddr>) {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = unsafe bytes.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return 0 }
            return unsafe Int(ccurl_address(address, base))
        }
        guard count > 0 else { return nil }
        self.bytes = Array(bytes.prefix(count))
    }
}
