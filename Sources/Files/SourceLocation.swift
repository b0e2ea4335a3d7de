internal import Glibc
package import Model

/// A file or directory that a job reads from, found beneath a root and held open: whatever happens to the path later,
/// what is walked and read is beneath this directory (or, through followed links, beneath the root).
package final class SourceLocation: Sendable {
    package enum Kind: Sendable {
        case file, directory
    }

    package let root: Root
    package let kind: Kind
    /// The last segment of the path as it was given: a single file's relative path.
    package let name: [UInt8]
    /// When it was opened.
    package let identity: FileIdentity
    let resolution: PathResolution
    /// Beneath the root; may hold links, which the kernel keeps beneath the root each time.
    private let pathInRoot: [UInt8]
    /// A directory to open things below, or a handle on the file.
    private let descriptor: Descriptor

    init(_ place: consuming ResolvedPath, name: [UInt8], resolution: PathResolution) throws(FileError) {
        let status = try place.descriptor.status()
        root = place.root
        pathInRoot = place.path
        identity = status.identity
        self.name = name
        self.resolution = resolution
        switch status.kind {
        case .directory:
            kind = .directory
            descriptor = try Descriptor.open([UInt8(ascii: ".")], at: place.descriptor.raw, .directory)
        case .regular:
            kind = .file
            descriptor = place.release()
        default:
            throw FileError(.notRegular, operation: "the source is neither a file nor a directory")
        }
    }

    /// The entry at a relative path as the walker gave it; for a single file its `name`.
    ///
    /// - Throws: `.tooManyLinks` for a link anywhere on the path when links are not followed; `.notAllowed` when a
    ///   followed one leaves the root. Blocks on the file system.
    func open(_ path: [UInt8], _ mode: OpenMode, _ symlinks: JobSpec.Symlinks) throws(FileError) -> Descriptor {
        // The kernel's own bound, also where it is asked segment by segment: it ends the walk of an endless tree.
        guard path.count < PATH_MAX else { throw FileError(operation: "openat", errno: ENAMETOOLONG) }
        if kind == .file {
            guard path == name else { throw FileError(operation: "openat", errno: ENOENT) }
            return try openInRoot(pathInRoot, mode)
        }
        switch symlinks {
        case .skip: return try descriptor.openWithoutLinks(path, mode, resolution)
        case .follow: return try openInRoot(RelativePath.joined(pathInRoot, path), mode)
        }
    }

    private func openInRoot(_ path: [UInt8], _ mode: OpenMode) throws(FileError) -> Descriptor {
        if resolution == .kernel {
            do {
                return try root.directory.openInKernel(path, mode, followsLinks: true)
            } catch {
                guard [EXDEV, EAGAIN, ENOSYS].contains(error.errno) else { throw error }
            }
        }
        var resolver = try Resolver(path, roots: [root], startingIn: root, mode, resolution)
        return try resolver.resolve().release()
    }
}
