internal import Glibc
package import Model

/// A directory that is written to, held open: what is opened and renamed is in this directory, whatever its path means
/// meanwhile. Its calls block on the file system: call them on a reader thread.
package final class DestinationFolder: Sendable {
    let directory: Descriptor
    private let resolution: PathResolution

    init(_ directory: consuming Descriptor, resolution: PathResolution) {
        self.directory = directory
        self.resolution = resolution
    }

    /// The folder at a path below this one (`DestinationPath.folder`, or a key that names a directory), created with its
    /// parents where missing. An empty path is this folder.
    ///
    /// - Throws: `.notAllowed` when a link stands on the way, wherever it leads; `.notDirectory` when a file does; as
    ///   `DestinationPath` for segments that are no names; `.diskFull`, `.readOnly`, `.unreadable`.
    package func makeFolder(_ path: [UInt8]) throws(FileError) -> DestinationFolder {
        if !path.isEmpty { _ = try DestinationPath(path) }
        if let there = try existingFolder(path) { return there }
        do {
            var current = try Descriptor.open([UInt8(ascii: ".")], at: directory.raw, .step)
            for segment in RelativePath.segments(of: path) {
                try Descriptor.makeDirectory(segment, at: current.raw)
                current = try Descriptor.openSegment(segment, at: current.raw, .step)
            }
            let opened = try Descriptor.open([UInt8(ascii: ".")], at: current.raw, .directory)
            return DestinationFolder(opened, resolution: resolution)
        } catch {
            throw Self.judged(error)
        }
    }

    /// As `makeFolder`, but nil when it is not there.
    package func existingFolder(_ path: [UInt8]) throws(FileError) -> DestinationFolder? {
        do {
            let opened = try directory.openWithoutLinks(path, .directory, resolution)
            return DestinationFolder(opened, resolution: resolution)
        } catch {
            guard error.errno == ENOENT else { throw Self.judged(error) }
            return nil
        }
    }

    /// What stands under a name of this folder, for the rules of overwriting; nil when nothing does. A link is not followed.
    ///
    /// - Throws: `.notRegular` when it is neither a file nor nothing; of a link, `.notAllowed`.
    package func fileIdentity(_ name: [UInt8]) throws(FileError) -> FileIdentity? {
        do throws(FileError) {
            let status = try Descriptor.openSegment(name, at: directory.raw, .handle).status()
            guard status.kind == .regular else {
                throw FileError(.notRegular, operation: "no regular file stands there")
            }
            return status.identity
        } catch {
            switch error.errno {
            case ENOENT: return nil
            case ELOOP: throw FileError(.notAllowed, operation: "a link stands there", errno: ELOOP)
            default: throw error
            }
        }
    }

    /// A temporary file of this folder.
    ///
    /// - Parameter token: makes its hidden name (`.longshore-TOKEN.part`): letters and digits, one for each file and
    ///   attempt to write it. A caller that stores it finds the file again with `openTemporary`.
    /// - Throws: `.exists` when it is there already.
    package func createTemporary(token: String) throws(FileError) -> TemporaryFile {
        try TemporaryFile(in: self, token: token, creates: true)
    }

    /// The temporary file that an earlier process made. Throws `.notFound` when there is none.
    package func openTemporary(token: String) throws(FileError) -> TemporaryFile {
        try TemporaryFile(in: self, token: token, creates: false)
    }

    /// Removes the temporary file that an earlier process made, if there is one.
    package func removeTemporary(token: String) throws(FileError) {
        try Descriptor.removeFile(TemporaryFile.name(token: token), at: directory.raw)
    }

    /// fsync(2) of the directory: renames in it survive a power loss from now on. Its own name in its parent is the parent's.
    package func synchronize() throws(FileError) {
        try directory.synchronize()
    }

    /// syncfs(2): everything written to this file system, new folders on every level included. Once at the end of a job
    /// it is cheaper than one `synchronize` for each folder made.
    package func synchronizeFileSystem() throws(FileError) {
        try directory.synchronizeFileSystem()
    }

    private static func judged(_ error: FileError) -> FileError {
        guard error.errno == ELOOP else { return error }
        return FileError(.notAllowed, operation: "a link stands on the path", errno: ELOOP)
    }
}
