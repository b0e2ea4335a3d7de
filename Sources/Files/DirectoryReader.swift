internal import CLinux

/// Reads a directory's names, a buffer at a time, in the file system's order. For one thread at a time; blocks on the file
/// system. Begun anew for another directory it keeps its buffer.
///
/// Unsafe inside: the names are read where getdents64(2) put them. `offset` and `next` never pass `filled`, since they
/// only move by the record lengths that the kernel wrote.
@safe final class DirectoryReader {
    /// 64 KiB hold some 2,000 names: a million files cost 500 calls.
    static let bufferSizeInBytes = 64 << 10

    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bufferSizeInBytes, alignment: 8)
    private var directory: Descriptor?
    /// The bytes that the kernel filled in, where the entry told last begins, and where the next one does.
    private var filled = 0
    private var offset = 0
    private var following = 0

    deinit {
        unsafe buffer.deallocate()
    }

    func begin(_ directory: consuming Descriptor) {
        self.directory = consume directory
        (filled, offset, following) = (0, 0, 0)
    }

    /// Closes the directory; the buffer stays.
    func end() {
        directory = nil
    }

    /// Appends the next name to `path` and says what it is, as far as the directory knows; nil at the end. `.` and `..`
    /// are left out.
    func next(appendingTo path: inout [UInt8]) throws(FileError) -> FileKind? {
        while true {
            if following == filled, try !refill() { return nil }
            var entry = unsafe clinux_entry()
            offset = following
            following = unsafe Int(clinux_entry_at(buffer.baseAddress!, Int32(offset), &entry))
            let name = unsafe UnsafeRawBufferPointer(start: entry.name, count: Int(entry.length))
            if name.count <= 2, unsafe name.allSatisfy({ $0 == UInt8(ascii: ".") }) { continue }
            unsafe path.append(contentsOf: name)
            return unsafe FileKind(directoryEntryType: entry.type)
        }
    }

    /// The entry told last is told again by `next`.
    func stepBack() {
        following = offset
    }

    /// fstatat(2) of the entry told last, a link itself and not what it leads to.
    func status() throws(FileError) -> FileStatus {
        var entry = unsafe clinux_entry()
        _ = unsafe clinux_entry_at(buffer.baseAddress!, Int32(offset), &entry)
        var raw = clinux_status()
        let fault = unsafe clinux_fstatat(openDescriptor, entry.name!, &raw)
        guard fault == 0 else { throw FileError(operation: "fstatat", errno: -fault) }
        return FileStatus(raw)
    }

    private func refill() throws(FileError) -> Bool {
        let count = unsafe clinux_getdents(openDescriptor, buffer.baseAddress!, buffer.count)
        guard count >= 0 else { throw FileError(operation: "getdents64", errno: -count) }
        (filled, offset, following) = (Int(count), 0, 0)
        return count > 0
    }

    private var openDescriptor: Int32 {
        switch directory {
        case .some(let open): open.raw
        case .none: preconditionFailure("a directory is read that was not begun")
        }
    }
}
