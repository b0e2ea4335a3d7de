internal import CLinux
package import Checksums
internal import Glibc
package import Model

/// Reads one file whose identity was taken when it was opened. The steps `init`, `read`, `verify` stand alone so that a
/// test can change the file between any two. All block on the file system.
package struct FileReader: ~Copyable, Sendable {
    let descriptor: Descriptor
    /// When it was opened.
    package let identity: FileIdentity

    /// Opens the entry of a walk: never beyond the source (or, through followed links, its root).
    ///
    /// - Throws: `.vanished`, also when a directory on the way is gone; `.notRegular` when something else took its place,
    ///   a FIFO or a link that is not followed for example; `.unreadable`; `.notAllowed`.
    package init(
        _ path: [UInt8], in source: SourceLocation, symlinks: JobSpec.Symlinks
    ) throws(FileError) {
        let opened: Descriptor
        do {
            opened = try source.open(path, .read, symlinks)
        } catch {
            if symlinks == .skip, error.code == .tooManyLinks {
                throw FileError(.notRegular, operation: error.operation, errno: error.errno)
            }
            throw error.ofListed
        }
        let status = try opened.status()
        guard status.kind == .regular else {
            throw FileError(.notRegular, operation: "no regular file stands there any more")
        }
        descriptor = opened
        identity = status.identity
    }

    /// The whole file, of the size that it had when it was opened.
    ///
    /// - Throws: `.tooLarge` over the limit, `.changed` when it is shorter now.
    package borrowing func readAll(limitInBytes: Int) throws(FileError) -> [UInt8] {
        guard identity.size <= Int64(limitInBytes) else {
            throw FileError(.tooLarge, operation: "the file has grown beyond \(limitInBytes) bytes")
        }
        let size = Int(identity.size)
        var fault: FileError?
        // Not zeroed first: every byte is written by the kernel, or the array is not handed out.
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            do {
                count = try unsafe descriptor.read(into: UnsafeMutableRawBufferPointer(buffer), at: 0)
            } catch {
                fault = error as? FileError
            }
        }
        if let fault { throw fault }
        guard bytes.count == size else { throw Self.hasShrunk }
        return bytes
    }

    /// The checksums of a range in one pass, through the thread's buffer.
    ///
    /// - Throws: `.changed` when the file ends before the range does; `.cancelled` at the next buffer.
    package borrowing func digests(
        of range: ByteRange, _ kinds: ChecksumKinds, _ scratch: ReaderScratch
    ) throws(FileError) -> Digests {
        try descriptor.digests(of: range, kinds, scratch)
    }

    /// Compares the file with what it was when it was opened.
    ///
    /// - Throws: `.changed` when size, mtime or ctime differ. A change of the same size within one tick of the clock that
    ///   stamps files (4 ms before Linux 6.13) can go unseen if the file was also written in that tick before it was opened.
    package borrowing func verify() throws(FileError) {
        guard try descriptor.status().identity == identity else {
            throw FileError(.changed, operation: "the file changed while it was read")
        }
    }

    static var hasShrunk: FileError {
        FileError(.changed, operation: "the file ended early while it was read")
    }
}
