internal import Glibc

/// The right to the state directory: an exclusive flock(2) on a file in it, given up when this goes.
///
/// The kernel gives it up when the process dies, so that a lock never outlives its service.
final class DirectoryLock: Sendable {
    private let descriptor: Int32

    /// Creates `directory` (not its parents' parents) and takes the lock without waiting.
    ///
    /// Throws `locked` when another service holds it, `readOnly` when nothing can be written there, else `io`.
    init(directory: String) throws(StorageError) {
        let operation = "lock \(directory)"
        if unsafe mkdir(directory, 0o700) != 0, errno != EEXIST {
            throw Self.failure(operation, code: errno)
        }
        let opened = unsafe open("\(directory)/longshore.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard opened >= 0 else { throw Self.failure(operation, code: errno) }
        guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            _ = Glibc.close(opened)
            guard code == EWOULDBLOCK else { throw Self.failure(operation, code: code) }
            throw StorageError(
                .locked, operation: operation,
                message: "another service holds \(directory): stop it, or choose another directory")
        }
        descriptor = opened
    }

    deinit { _ = Glibc.close(descriptor) }

    /// Whether a database was made in this directory, by this service or an earlier one.
    var knowsDatabase: Bool {
        var byte: UInt8 = 0
        return unsafe pread(descriptor, &byte, 1, 0) == 1
    }

    /// From now on a database that is empty is a damaged one. What can't be written now is written at the next start.
    func rememberDatabase() {
        var byte = UInt8(ascii: "1")
        _ = unsafe pwrite(descriptor, &byte, 1, 0)
    }

    /// Another service may take it from now on.
    func release() { _ = flock(descriptor, LOCK_UN) }

    private static func failure(_ operation: String, code: Int32) -> StorageError {
        let message = unsafe String(cString: strerror(code))
        switch code {
        case EACCES, EPERM, EROFS: return StorageError(.readOnly, operation: operation, message: message)
        case ENOSPC, EDQUOT: return StorageError(.full, operation: operation, message: message)
        default: return StorageError(.io, operation: operation, message: message)
        }
    }
}
