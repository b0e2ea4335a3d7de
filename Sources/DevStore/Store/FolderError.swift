import Glibc

/// The store's folder could not be used: a full or broken disk, missing rights, or a second store on the same folder.
package struct FolderError: Error, Sendable, CustomStringConvertible {
    /// The system call that failed.
    package let call: String
    package let path: String
    package let errno: Int32

    /// Captures the calling thread's `errno`; nothing may come between the call and this.
    init(_ call: String, _ path: String) {
        self.call = call
        self.path = path
        self.errno = Glibc.errno
    }

    init(_ call: String, _ path: String, errno: Int32) {
        self.call = call
        self.path = path
        self.errno = errno
    }

    package var description: String {
        let text = unsafe strerror(errno).map { unsafe String(cString: $0) } ?? "unknown"
        return "\(call) \(path): \(text) (\(errno))"
    }
}
