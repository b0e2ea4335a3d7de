import Glibc

/// A bound, listening TCP or Unix socket; closed when it goes.
///
/// We listen and accept ourselves: libmicrohttpd 0.9.75 has a race in MHD_quiesce_daemon that can abort the process, and
/// spreads connections over a thread pool by chance.
struct ListeningSocket: ~Copyable {
    let descriptor: Int32
    /// 0 for a Unix socket.
    let port: UInt16
    /// Of a Unix socket: removed when it goes.
    private let file: SocketFile?

    init(host: String, port: UInt16) throws(ServerError) {
        var hints = unsafe addrinfo()
        unsafe hints.ai_family = AF_UNSPEC
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
        var found: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(host, String(port), &hints, &found) == 0, let address = unsafe found else {
            throw ServerError(.invalidConfiguration, "\(host) is no numeric address")
        }
        defer { unsafe freeaddrinfo(address) }
        let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = unsafe socket(address.pointee.ai_family, type, 0)
        guard descriptor >= 0 else { throw Self.failure("socket", host, port) }
        var on: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, size)
        if unsafe address.pointee.ai_family == AF_INET6 {
            unsafe setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &on, size)
        }
        guard unsafe bind(descriptor, address.pointee.ai_addr, address.pointee.ai_addrlen) == 0 else {
            defer { close(descriptor) }
            throw Self.failure("bind", host, port)
        }
        guard listen(descriptor, 4096) == 0, let bound = Self.boundPort(descriptor) else {
            defer { close(descriptor) }
            throw Self.failure("listen", host, port)
        }
        self.descriptor = descriptor
        self.port = bound
        file = nil
    }

    /// A Unix socket at `path`, for the owner and the group. One that nobody listens on any more is replaced.
    ///
    /// - Throws: `cannotListen` when somebody listens there, or something else stands there.
    init(path: String) throws(ServerError) {
        let file = SocketFile(path: path)
        try file.removeStale()
        let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(AF_UNIX, type, 0)
        guard descriptor >= 0 else { throw file.failure("socket") }
        // Nobody can connect before `listen`, so its mode is right from the first.
        guard file.bind(descriptor), unsafe chmod(path, 0o660) == 0, listen(descriptor, 4096) == 0 else {
            defer { close(descriptor) }
            throw file.failure("listen")
        }
        self.descriptor = descriptor
        port = 0
        self.file = file.identified()
    }

    deinit {
        file?.remove()
        close(descriptor)
    }

    /// Takes the next client, with its numeric address.
    ///
    /// - Throws: errno; EAGAIN when there is none.
    borrowing func accept() throws(SystemErrno) -> AcceptedSocket {
        var address = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let socket = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.accept(descriptor, $0, &size)
            }
        }
        guard socket >= 0 else { throw SystemErrno(errno) }
        // libmicrohttpd makes it non-blocking.
        _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
        return AcceptedSocket(descriptor: socket, address: address, addressSize: size)
    }

    private static func failure(_ call: String, _ host: String, _ port: UInt16) -> ServerError {
        let reason = unsafe String(cString: strerror(errno))
        return ServerError(.cannotListen, "\(call) \(host) port \(port): \(reason)")
    }

    /// The port is at the same place in the addresses of both families.
    private static func boundPort(_ descriptor: Int32) -> UInt16? {
        var address = sockaddr_in6()
        var size = socklen_t(MemoryLayout<sockaddr_in6>.size)
        let result = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getsockname(descriptor, $0, &size)
            }
        }
        return result == 0 ? UInt16(bigEndian: address.sin6_port) : nil
    }
}
