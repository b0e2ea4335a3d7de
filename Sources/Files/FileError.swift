internal import Glibc

/// The error of this room: what it means, which call said so, and the call's errno (0 where we noticed it ourselves).
/// It names no path: who asks knows it, and decides who may see it.
package struct FileError: Error, Sendable, Hashable {
    package let code: FileErrorCode
    /// The system call, or what we were about to do.
    package let operation: String
    package let errno: Int32

    package init(_ code: FileErrorCode, operation: String, errno: Int32 = 0) {
        self.code = code
        self.operation = operation
        self.errno = errno
    }

    /// The meaning of an errno, positive as in errno(3).
    package init(operation: String, errno: Int32) {
        self.init(Self.code(of: errno), operation: operation, errno: errno)
    }

    /// One line for people, without the path.
    package var message: String {
        errno == 0 ? operation : "\(operation): \(unsafe String(cString: strerror(errno)))"
    }

    /// The same fault of something that a listing has shown: not to find it means that it is gone.
    package var ofListed: FileError {
        switch code {
        case .notFound, .notDirectory: FileError(.vanished, operation: operation, errno: errno)
        default: self
        }
    }

    private static func code(of errno: Int32) -> FileErrorCode {
        switch errno {
        case ENOENT: .notFound
        case ESTALE: .vanished
        case ENOTDIR: .notDirectory
        case EACCES, EPERM: .unreadable
        case EXDEV: .notAllowed
        case ELOOP: .tooManyLinks
        case ENAMETOOLONG: .nameTooLong
        case EISDIR, ENXIO, ENODEV: .notRegular
        case EEXIST, ENOTEMPTY: .exists
        case ENOSPC, EDQUOT, EFBIG: .diskFull
        case EROFS: .readOnly
        case EMFILE, ENFILE: .descriptorsExhausted
        default: .ioError
        }
    }
}
