internal import CLinux
internal import Glibc
import Model

extension Descriptor {
    /// fstat(2).
    borrowing func status() throws(FileError) -> FileStatus {
        var raw = clinux_status()
        let fault = unsafe clinux_fstat(self.raw, &raw)
        guard fault == 0 else { throw FileError(operation: "fstat", errno: -fault) }
        return FileStatus(raw)
    }

    /// fsync(2): contents and metadata of a file, or the names in a directory, are on disk afterwards.
    borrowing func synchronize() throws(FileError) {
        guard fsync(raw) == 0 else { throw FileError(operation: "fsync", errno: Glibc.errno) }
    }

    /// pread(2) until `buffer` is full or the file ends; the bytes read.
    borrowing func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(FileError) -> Int {
        var count = 0
        while count < buffer.count {
            let rest = unsafe buffer.baseAddress! + count
            let result = unsafe clinux_pread(raw, rest, buffer.count - count, offset + Int64(count))
            guard result >= 0 else { throw FileError(operation: "pread", errno: Int32(-result)) }
            if result == 0 { break }
            count += Int(result)
        }
        return count
    }
}

extension FileStatus {
    init(_ raw: clinux_status) {
        identity = FileIdentity(
            device: raw.device, inode: raw.inode, size: raw.size, modified: raw.modified, changed: raw.changed)
        kind = FileKind(mode: raw.mode)
    }
}
