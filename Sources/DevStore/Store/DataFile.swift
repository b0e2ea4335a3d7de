import Glibc

/// One open file of the store's folder, closed when nobody holds it any more.
///
/// Writers of different ranges may share one: every call says where it writes.
final class DataFile: Sendable {
    let id: UInt64
    let descriptor: Int32
    private let path: String

    init(id: UInt64, path: String, flags: Int32) throws(FolderError) {
        let descriptor = unsafe Glibc.open(path, flags | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw FolderError("open", path) }
        self.id = id
        self.path = path
        self.descriptor = descriptor
    }

    deinit {
        Glibc.close(descriptor)
    }

    /// Writes all bytes, which need to be valid during the call only.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(FolderError) {
        var done = 0
        while done < bytes.count {
            // `done` stays below `count`, so the pointer stays inside the caller's buffer.
            let count = unsafe pwrite(
                descriptor, bytes.baseAddress.map { unsafe $0 + done }, bytes.count - done,
                Int(offset) + done)
            if count < 0 {
                if errno == EINTR { continue }
                throw FolderError("pwrite", path)
            }
            done += count
        }
    }

    func write(_ bytes: [UInt8], at offset: Int64) throws(FolderError) {
        try unsafe bytes.span.bytes.withUnsafeBytes { buffer throws(FolderError) in
            try unsafe write(buffer, at: offset)
        }
    }

    /// Up to `count` bytes at `offset`; fewer only at the end of the file.
    func read(count: Int, at offset: Int64) throws(FolderError) -> [UInt8] {
        var failure: Int32 = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            while initialized < count {
                // The buffer has room for `count` bytes, of which `initialized` are written.
                let step = unsafe pread(
                    descriptor, buffer.baseAddress.map { unsafe $0 + initialized }, count - initialized,
                    Int(offset) + initialized)
                if step < 0, errno == EINTR { continue }
                if step < 0 { failure = errno }
                if step <= 0 { break }
                initialized += step
            }
        }
        guard failure == 0 else { throw FolderError("pread", path, errno: failure) }
        return bytes
    }

    /// Copies a range of another file.
    func copy(_ extent: DataExtent, of source: DataFile, to offset: Int64) throws(FolderError) {
        var done: Int64 = 0
        while done < extent.count {
            let bytes = try source.read(count: Int(min(extent.count - done, 1 << 20)), at: extent.offset + done)
            guard !bytes.isEmpty else { throw FolderError("pread", source.path, errno: EIO) }
            try write(bytes, at: offset + done)
            done += Int64(bytes.count)
        }
    }
}
