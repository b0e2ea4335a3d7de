/// The directories that paths in job specs must lie beneath. Its calls block on the file system: call them on a reader
/// thread (`ReaderPool.run`).
package struct RootSet: Sendable {
    package let roots: [Root]
    let resolution: PathResolution

    /// Opens each root. Throws at the first that is no directory or cannot be read, before any job exists.
    package init(_ paths: [String], resolution: PathResolution = .available) throws(FileError) {
        var roots: [Root] = []
        for path in paths { roots.append(try Root(path: path)) }
        self.roots = roots
        self.resolution = resolution
    }

    /// The file or directory at an absolute path, possibly through links and `..` that stay inside.
    ///
    /// - Throws: `.notAllowed` for whatever is not beneath a root, whether it exists or not; inside a root what is the
    ///   case: `.notFound`, `.unreadable`, `.notDirectory`, `.tooManyLinks`, `.nameTooLong`; `.notRegular` for a FIFO,
    ///   socket or device; `.invalidPath` for a path that is not absolute or holds a NUL.
    package func openSource(_ absolutePath: String) throws(FileError) -> SourceLocation {
        let path = Array(absolutePath.utf8)
        let place = try resolve(path, .handle, createsMissing: false)
        return try SourceLocation(place, name: RelativePath.segments(of: path).last ?? [], resolution: resolution)
    }

    /// The directory at an absolute path; it and its parents are created where they are missing, beneath a root only.
    ///
    /// - Throws: as `openSource`; `.notDirectory` when a file stands there or on the way.
    package func openDestination(_ absolutePath: String) throws(FileError) -> DestinationFolder {
        let place = try resolve(Array(absolutePath.utf8), .directory, createsMissing: true)
        return DestinationFolder(place.release(), resolution: resolution)
    }

    /// As `openDestination`, without making anything: nil when the directory is not there, but may be made.
    package func existingDestination(_ absolutePath: String) throws(FileError) -> DestinationFolder? {
        do {
            let place = try resolve(Array(absolutePath.utf8), .directory, createsMissing: false)
            return DestinationFolder(place.release(), resolution: resolution)
        } catch {
            if error.code != .notFound { throw error }
            return nil
        }
    }

    private func resolve(
        _ path: [UInt8], _ mode: OpenMode, createsMissing: Bool
    ) throws(FileError) -> ResolvedPath {
        guard path.first == RelativePath.separator, !path.contains(0) else {
            throw FileError(.invalidPath, operation: "the path is not absolute or holds a NUL byte")
        }
        var resolver = try Resolver(
            path, roots: roots, startingIn: nil, mode, resolution, createsMissing: createsMissing)
        return try resolver.resolve()
    }
}
