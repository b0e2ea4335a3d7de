internal import CLinux
internal import Glibc
internal import Model
internal import Synchronization

/// Writing files. All blocks on the file system.
extension Descriptor {
    /// One segment, for writing and reading back: made anew, or found again. Never through a link.
    static func openForWriting(_ name: [UInt8], at directory: Int32, creates: Bool) throws(FileError) -> Descriptor {
        let flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | (creates ? O_CREAT | O_EXCL : 0)
        let result = unsafe clinux_openat(directory, name, name.count, flags, 0o666)
        guard result >= 0 else { throw FileError(operation: "openat", errno: -result) }
        let opened = Descriptor(takingOver: result)
        guard try opened.status().kind == .regular else {
            throw FileError(.notRegular, operation: "no regular file stands there")
        }
        return opened
    }

    /// One at a time: see `clinux_preallocate`.
    private static let preallocating = Mutex(())

    /// fallocate(2), or ftruncate(2) where the file system cannot reserve space.
    borrowing func preallocate(sizeInBytes: Int64) throws(FileError) {
        if sizeInBytes > 0 {
            let descriptor = raw
            let fault = Self.preallocating.withLock { _ in clinux_preallocate(descriptor, sizeInBytes) }
            guard [0, -EOPNOTSUPP, -ENOSYS].contains(fault) else {
                throw FileError(operation: "fallocate", errno: -fault)
            }
            if fault == 0 { return }
        }
        try cut(toSizeInBytes: sizeInBytes)
    }

    /// ftruncate(2).
    borrowing func cut(toSizeInBytes size: Int64) throws(FileError) {
        guard ftruncate(raw, off_t(size)) == 0 else {
            throw FileError(operation: "ftruncate", errno: Glibc.errno)
        }
    }

    /// sync_file_range(2) with SYNC_FILE_RANGE_WRITE. A file system that can't does it all at fsync.
    borrowing func beginWriting(_ range: ByteRange) {
        clinux_begin_writing(raw, range.offset, range.count)
    }

    /// futimens(2); the access time stays.
    borrowing func setModified(_ modified: Int64) throws(FileError) {
        let fault = clinux_set_modified(raw, modified)
        guard fault == 0 else { throw FileError(operation: "futimens", errno: -fault) }
    }

    /// syncfs(2).
    borrowing func synchronizeFileSystem() throws(FileError) {
        let fault = clinux_syncfs(raw)
        guard fault == 0 else { throw FileError(operation: "syncfs", errno: -fault) }
    }
}
