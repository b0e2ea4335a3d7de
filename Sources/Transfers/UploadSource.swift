package import Files
package import Model

/// What an upload job reads from: its location, opened, and the scan of it.
package struct UploadSource: Sendable {
    package let location: SourceLocation
    private let spec: JobSpec

    package init(location: SourceLocation, spec: JobSpec) {
        self.location = location
        self.spec = spec
    }

    /// Faults of the spec that only the source itself shows.
    package var faults: [SpecFault] {
        var faults: [SpecFault] = []
        if location.kind == .directory, spec.key != nil {
            faults.append(SpecFault("/key", "is allowed only with a file as source, which is a directory"))
        }
        if location.kind == .file, spec.paths != nil {
            faults.append(SpecFault("/paths", "is allowed only with a directory as source, which is a file"))
        }
        return faults
    }

    package func scan() -> UploadScan { UploadScan(source: self, spec: spec) }
}

/// Streams what a source holds into rows for the files table.
package struct UploadScan: Sendable {
    private let walker: TreeWalker
    private let spec: JobSpec

    init(source: UploadSource, spec: JobSpec) {
        self.spec = spec
        let globs = PathFilter(include: spec.include, exclude: spec.exclude)
        var options = TreeWalker.Options(symlinks: spec.symlinks, emptyDirectories: spec.emptyDirectories)
        if !globs.isEmpty {
            // Globs speak of files: a directory is entered whatever it is called.
            options.filter = { path, isDirectory in isDirectory || globs.admits(path) }
        }
        walker = TreeWalker(source.location, options: options, paths: spec.paths?.map { Array($0.utf8) })
    }

    package var isAtEnd: Bool { walker.isAtEnd }

    /// At most `maximum` rows more; nil at the end. A name that is no key is a failed row, special files and links are
    /// skipped ones: whatever was found is accounted for.
    package func next(maximum: Int, on pool: ReaderPool) async throws(FileError) -> [ScannedFile]? {
        try await walker.next(maximum: maximum, on: pool)?.map(row)
    }

    private func row(_ entry: ScannedEntry) -> ScannedFile {
        switch entry.kind {
        case .file(let size, _): checked(ScannedFile(path: entry.path, size: size))
        case .emptyDirectory: checked(ScannedFile(path: entry.path, size: 0, isDirectoryMarker: true))
        case .skipped(let reason):
            ScannedFile(path: entry.path, size: 0, state: .skipped, skipReason: reason.rawValue)
        case .failed(let code, let message):
            ScannedFile(
                path: entry.path, size: 0, state: .failed,
                failure: FileError(code, operation: message).ofListed.sourceFailure)
        }
    }

    private func checked(_ file: ScannedFile) -> ScannedFile {
        do {
            _ = try spec.objectKey(forPath: file.path, isDirectoryMarker: file.isDirectoryMarker)
            return file
        } catch {
            var file = file
            file.state = .failed
            file.failure = error
            return file
        }
    }
}
