import Glibc

/// A Unix socket's place in the file system.
struct SocketFile {
    let path: String
    private var device: dev_t = 0
    private var inode: ino_t = 0

    /// - Parameter path: at most 107 bytes.
    init(path: String) { self.path = path }

    /// Removes a socket that nobody answers on: its service was killed.
    func removeStale() throws(ServerError) {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw ServerError(.cannotListen, "\(path): something that is no socket stands there")
        }
        let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard probe >= 0 else { throw failure("socket") }
        defer { close(probe) }
        let isAnswered = unsafe withAddress { unsafe connect(probe, $0, $1) } == 0
        // Anything else, such as a full backlog, is a service that lives.
        guard !isAnswered, errno == ECONNREFUSED else {
            throw ServerError(.cannotListen, "\(path): another service listens there")
        }
        guard unsafe unlink(path) == 0 || errno == ENOENT else { throw failure("unlink") }
    }

    func bind(_ descriptor: Int32) -> Bool { unsafe withAddress { unsafe Glibc.bind(descriptor, $0, $1) } == 0 }

    /// With what was bound: another's socket that has taken its place is left alone.
    func identified() -> SocketFile {
        var status = stat()
        var file = self
        if unsafe lstat(path, &status) == 0 { (file.device, file.inode) = (status.st_dev, status.st_ino) }
        return file
    }

    func remove() {
        var status = stat()
        guard unsafe lstat(path, &status) == 0, status.st_dev == device, status.st_ino == inode else { return }
        unsafe unlink(path)
    }

    func failure(_ call: String) -> ServerError {
        let reason = unsafe String(cString: strerror(errno))
        return ServerError(.cannotListen, "\(call) \(path): \(reason)")
    }

    private func withAddress(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            errno = ENAMETOOLONG
            return -1
        }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
