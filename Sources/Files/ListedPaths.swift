internal import Glibc
import Model

/// The state of a walk that looks at given paths only. A path is told in its plain form (`./a//b` is `a/b`), once.
///
/// A path that is absolute, holds `..` or a NUL, or goes through a link that is not followed, is a failed entry, and so is
/// one where there is nothing, or a directory.
final class ListedPaths {
    private let source: SourceLocation
    private let options: TreeWalker.Options
    private let paths: [[UInt8]]
    private var position = 0
    /// Shares the bytes of the paths.
    private var seen: Set<[UInt8]> = []

    init(_ source: SourceLocation, options: TreeWalker.Options, paths: [[UInt8]]) {
        self.source = source
        self.options = options
        self.paths = paths
    }

    var isAtEnd: Bool { position == paths.count }

    func next(maximum: Int) throws(FileError) -> [ScannedEntry]? {
        var entries: [ScannedEntry] = []
        var steps = max(8 * maximum, 4096)
        while entries.count < maximum, steps > 0, position < paths.count {
            steps -= 1
            do {
                if let entry = try entry(paths[position]) { entries.append(entry) }
            } catch {
                guard entries.isEmpty else { break }
                throw error
            }
            position += 1
        }
        return entries.isEmpty && isAtEnd ? nil : entries
    }

    /// Nil for what is filtered out or came before. Throws only when no descriptor is left.
    private func entry(_ listed: [UInt8]) throws(FileError) -> ScannedEntry? {
        let segments = RelativePath.segments(of: listed)
        if let fault = Self.fault(of: listed, segments) { return ScannedEntry(path: listed, failure: fault) }
        let path =
            segments.count == 1 + listed.count(where: { $0 == RelativePath.separator })
            ? listed : RelativePath.joined(segments)
        guard admits(segments, path), !seen.contains(path) else { return nil }
        let entry: ScannedEntry
        do {
            entry = ScannedEntry(path: path, kind: try kind(of: path))
        } catch {
            if error.code == .descriptorsExhausted { throw error }
            entry = ScannedEntry(path: path, failure: error)
        }
        seen.insert(path)
        return entry
    }

    private static func fault(of path: [UInt8], _ segments: [[UInt8]]) -> FileError? {
        if segments.isEmpty || path.contains(0) {
            return FileError(.invalidPath, operation: "the path is empty or holds a NUL byte")
        }
        if path.first == RelativePath.separator || segments.contains(RelativePath.parent) {
            return FileError(.notAllowed, operation: "the path is absolute or holds a `..` segment", errno: EXDEV)
        }
        return nil
    }

    private func kind(of path: [UInt8]) throws(FileError) -> ScannedEntry.Kind {
        do {
            let status = try source.open(path, .handle, options.symlinks).status()
            switch status.kind {
            case .regular: return .file(size: status.identity.size, modified: status.identity.modified)
            case .directory: return .failed(.notRegular, message: "a listed path must name a file, not a directory")
            default: return .skipped(SkipReason(status.kind) ?? .unknownType)
            }
        } catch {
            guard options.symlinks == .skip, error.code == .tooManyLinks else { throw error }
            // A link as the last segment is skipped as in a walk; one before it leads somewhere else.
            let parent = path.lastIndex(of: RelativePath.separator).map { Array(path[..<$0]) } ?? []
            do {
                _ = try source.open(parent, .step, .skip)
            } catch {
                guard error.code == .tooManyLinks else { throw error }
                throw FileError(.notAllowed, operation: "the path goes through a link", errno: ELOOP)
            }
            return .skipped(.symlink)
        }
    }

    /// As a walk would: a directory on the way that is filtered out takes all below it along.
    private func admits(_ segments: [[UInt8]], _ path: [UInt8]) -> Bool {
        guard let filter = options.filter else { return true }
        var prefix: [UInt8] = []
        for segment in segments.dropLast() {
            prefix = RelativePath.joined(prefix, segment)
            if !filter(prefix, true) { return false }
        }
        return filter(path, false)
    }
}
