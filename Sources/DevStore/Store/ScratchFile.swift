import Glibc

/// Files without a name, for answers that must come from a descriptor.
enum ScratchFile {
    /// A descriptor on a new file that holds `bytes` and then, up to `size`, a hole of zeros. The caller closes it.
    static func descriptor(holding bytes: [UInt8], size: Int64) throws(FolderError) -> Int32 {
        let path = "/tmp/longshore-devstore-\(getpid())-\(Hex.encode(UInt64.random(in: .min ... .max)))"
        let descriptor = unsafe Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FolderError("open", path) }
        _ = unsafe unlink(path)
        let count = unsafe bytes.withUnsafeBytes { unsafe pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        guard count == bytes.count, ftruncate(descriptor, Int(size)) == 0 else {
            let failure = FolderError("pwrite", path)
            Glibc.close(descriptor)
            throw failure
        }
        return descriptor
    }

    /// Up to `count` bytes at `offset` of a descriptor that somebody else owns.
    static func read(_ descriptor: Int32, offset: Int64, count: Int) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            // The buffer has room for `count` bytes.
            initialized = max(0, unsafe pread(descriptor, buffer.baseAddress, count, Int(offset)))
        }
    }
}
