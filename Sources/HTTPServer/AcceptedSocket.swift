import Glibc

/// A client's socket as `accept` gave it. Whoever holds it closes it or hands it to libmicrohttpd.
struct AcceptedSocket {
    let descriptor: Int32
    var address: sockaddr_storage
    let addressSize: socklen_t

    /// The numeric address without the port; empty for a client of a Unix socket.
    var host: String {
        if Int32(address.ss_family) == AF_UNIX { return "" }
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let result = unsafe withUnsafePointer(to: address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getnameinfo($0, addressSize, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
            }
        }
        guard result == 0 else { return "" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
