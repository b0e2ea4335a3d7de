package import Model
internal import Synchronization

/// Streams what lies below a source, a batch at a time, in bounded memory.
///
/// Directories are read to their end before their subdirectories are entered, so one descriptor is open at a time however
/// deep the tree; what waits is the names of subdirectories on the path down. (A directory with very many of those is
/// left open and read on later: see `TreeWalk`.) Within a directory the order is the file system's.
///
/// Used from one task at a time; `next` runs on a reader thread.
package final class TreeWalker: Sendable {
    package struct Options: Sendable {
        package var symlinks: JobSpec.Symlinks
        package var emptyDirectories: JobSpec.EmptyDirectories
        /// Asked for each path, and with `true` for a directory before it is entered: false leaves it, and all below it,
        /// out and uncounted. Not asked for the source itself. An `emptyDirectory` was asked for as a directory only.
        package var filter: (@Sendable (_ path: [UInt8], _ isDirectory: Bool) -> Bool)?

        package init(
            symlinks: JobSpec.Symlinks = .skip, emptyDirectories: JobSpec.EmptyDirectories = .skip,
            filter: (@Sendable (_ path: [UInt8], _ isDirectory: Bool) -> Bool)? = nil
        ) {
            self.symlinks = symlinks
            self.emptyDirectories = emptyDirectories
            self.filter = filter
        }
    }

    private enum Walk {
        case tree(TreeWalk)
        case list(ListedPaths)
    }

    private let walk: Mutex<Walk>

    /// - Parameter paths: when given, only these relative paths below the source, each once; nothing else is looked at.
    package init(_ source: SourceLocation, options: Options = Options(), paths: [[UInt8]]? = nil) {
        if let paths {
            walk = Mutex(.list(ListedPaths(source, options: options, paths: paths)))
        } else if source.kind == .file {
            walk = Mutex(.list(ListedPaths(source, options: options, paths: [source.name])))
        } else {
            walk = Mutex(.tree(TreeWalk(source, options: options)))
        }
    }

    /// Whether the next call of `next` would find nothing more: often known with the last batch.
    package var isAtEnd: Bool {
        walk.withLock { walk in
            switch walk {
            case .tree(let tree): tree.isAtEnd
            case .list(let list): list.isAtEnd
            }
        }
    }

    /// At most `maximum` entries more; nil when there are no more. An empty batch only means that much was filtered out,
    /// so that a caller can look up (for a cancel, or a deadline) even then.
    ///
    /// - Throws: `.descriptorsExhausted`, after which the call may be repeated and nothing is lost; and what keeps the source
    ///   itself from being read. All else is an entry's failure. Also `.cancelled` and `.stopped`, by the pool; a batch
    ///   that a cancelled call has read already is lost.
    package func next(maximum: Int, on pool: ReaderPool) async throws(FileError) -> [ScannedEntry]? {
        try await pool.run { _ throws(FileError) in try self.next(maximum: maximum) }
    }

    /// The same on the calling thread, which it blocks.
    package func next(maximum: Int) throws(FileError) -> [ScannedEntry]? {
        precondition(maximum > 0, "a batch of \(maximum) entries")
        return try walk.withLock { walk throws(FileError) in
            switch walk {
            case .tree(let tree): try tree.next(maximum: maximum)
            case .list(let list): try list.next(maximum: maximum)
            }
        }
    }
}
