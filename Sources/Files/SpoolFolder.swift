internal import CLinux
internal import Glibc
internal import Synchronization

/// Where bytes rest that pass through this machine from one store to another, on any disk that has room for them.
package final class SpoolFolder: Sendable {
    private let path: [UInt8]
    private let made = Atomic<Int>(0)

    /// - Parameter path: of a directory that is there when the first file is made.
    package init(path: String) { self.path = Array(path.utf8) }

    /// A file that has no name, so that nothing of it is left whatever becomes of this process. Its space is reserved.
    /// Blocks on the file system: call it on a reader thread.
    ///
    /// - Throws: `.diskFull`, or what opening the directory throws.
    package func makeFile(sizeInBytes: Int64) throws(FileError) -> SpoolFile {
        let file = try open()
        try file.preallocate(sizeInBytes: sizeInBytes)
        return SpoolFile(file, sizeInBytes: sizeInBytes)
    }

    /// O_TMPFILE of openat(2); a file system that does not know it gets a name that is taken away at once.
    private func open() throws(FileError) -> Descriptor {
        let flags = O_RDWR | O_CLOEXEC
        let unnamed = unsafe clinux_openat(AT_FDCWD, path, path.count, flags | Int32(clinux_o_tmpfile), 0o600)
        if unnamed >= 0 { return Descriptor(takingOver: unnamed) }
        guard [-EOPNOTSUPP, -EISDIR, -EINVAL].contains(unnamed) else {
            throw FileError(operation: "openat", errno: -unnamed)
        }
        let directory = try Descriptor.open(path, .directory, followsLastLink: true)
        let number = made.wrappingAdd(1, ordering: .relaxed).newValue
        let name = Array(".longshore-spool-\(getpid())-\(number)".utf8)
        // One that a killed process of this number has left in the moment between the two calls.
        try Descriptor.removeFile(name, at: directory.raw)
        let file = try Descriptor.openForWriting(name, at: directory.raw, creates: true)
        try Descriptor.removeFile(name, at: directory.raw)
        return file
    }
}

/// Bytes on their way through this machine. The file is gone when the last reference goes.
package final class SpoolFile: Sendable {
    let file: Descriptor
    package let sizeInBytes: Int64

    init(_ file: consuming Descriptor, sizeInBytes: Int64) {
        self.file = file
        self.sizeInBytes = sizeInBytes
    }

    /// For reads and writes by offset as long as this object is held. Never to be closed.
    package var descriptor: Int32 { file.raw }
}
