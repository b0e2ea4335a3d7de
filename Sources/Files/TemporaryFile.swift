package import Checksums
internal import Glibc
package import Model
internal import Synchronization

/// A file that is being written beside its target, under a hidden name, and takes the target's name when it is complete:
/// readers see the old file or the whole new one.
///
/// The one who holds it ends it by `publish`, `abandon` or `keep`; if it just goes, it is abandoned. Its calls block on
/// the file system: call them on a reader thread.
package final class TemporaryFile: Sendable {
    private enum Fate {
        case writing, published, kept, abandoned
    }

    private let folder: DestinationFolder
    private let name: [UInt8]
    private let file: Descriptor
    private let fate = Mutex(Fate.writing)

    init(in folder: DestinationFolder, token: String, creates: Bool) throws(FileError) {
        let name = Self.name(token: token)
        file = try Descriptor.openForWriting(name, at: folder.directory.raw, creates: creates)
        self.folder = folder
        self.name = name
    }

    deinit {
        // Nobody is left to tell of a failure; the name says what it is and a later `removeTemporary` finds it.
        if fate.withLock({ $0 == .writing }) { try? Descriptor.removeFile(name, at: folder.directory.raw) }
    }

    /// For writes by offset (pwrite(2)) as long as this object is held. Never to be closed.
    package var descriptor: Int32 { file.raw }

    /// Reserves the space, and sets the size, before anything is fetched. Where the file system cannot reserve, the size
    /// alone is set.
    ///
    /// - Throws: `.diskFull`.
    package func preallocate(sizeInBytes: Int64) throws(FileError) {
        try file.preallocate(sizeInBytes: sizeInBytes)
    }

    /// ftruncate(2): what was written behind this size, or reserved, is given up.
    package func cut(toSizeInBytes size: Int64) throws(FileError) {
        try file.cut(toSizeInBytes: size)
    }

    package func currentSizeInBytes() throws(FileError) -> Int64 {
        try file.status().identity.size
    }

    /// The checksums of what stands in a range, in one pass.
    ///
    /// - Throws: `.changed` when the file ends before the range does; `.cancelled` at the next buffer.
    package func digests(
        of range: ByteRange, _ kinds: ChecksumKinds, _ scratch: ReaderScratch
    ) throws(FileError) -> Digests {
        try file.digests(of: range, kinds, scratch)
    }

    /// The kernel begins to write a range to the disk, so that `synchronize` has less to wait for. Waits where the disk's
    /// queue is full. What goes wrong there shows at `synchronize`.
    package func beginWriting(_ range: ByteRange) { file.beginWriting(range) }

    /// The modification time, in nanoseconds since 1970.
    package func setModified(_ modified: Int64) throws(FileError) {
        try file.setModified(modified)
    }

    /// fsync(2): its bytes are on disk afterwards. Before `publish`, or a power loss may leave an empty target.
    package func synchronize() throws(FileError) {
        try file.synchronize()
    }

    /// Gives it the target's name, in the same folder, in one step. A link that stands there is replaced, not followed.
    ///
    /// - Throws: `.exists` when a directory has the name, or anything has and `replaces` is false; the file is then still
    ///   there, to be abandoned.
    package func publish(as target: [UInt8], replaces: Bool = true) throws(FileError) {
        guard !target.contains(RelativePath.separator) else {
            throw FileError(.notAllowed, operation: "the target is no single name")
        }
        try fate.withLock { fate throws(FileError) in
            precondition(fate == .writing, "a temporary file is published that is \(fate)")
            try Descriptor.rename(name, to: target, at: folder.directory.raw, replaces: replaces)
            fate = .published
        }
    }

    /// Removes it. May be called again; not after `publish` or `keep`.
    package func abandon() throws(FileError) {
        try fate.withLock { fate throws(FileError) in
            guard fate == .writing else { return }
            try Descriptor.removeFile(name, at: folder.directory.raw)
            fate = .abandoned
        }
    }

    /// Leaves it where it is, for `openTemporary` of a later process.
    package func keep() {
        fate.withLock { if $0 == .writing { $0 = .kept } }
    }

    static func name(token: String) -> [UInt8] {
        precondition(
            !token.isEmpty && token.utf8.count <= 128
                && token.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) },
            "a temporary file's token is \(token)")
        return Array(".longshore-\(token).part".utf8)
    }
}
