import Model

/// The state of a walk: the directories from the source down to the one being read.
///
/// A level reads its directory to the end, keeping subdirectories' names, and then enters them one after the other. Past
/// `mostPendingBytes` of names it enters those first and reads on afterwards, as long as `mostPaused` directories at most
/// stay open for that. So memory and descriptors stay bounded however wide or deep the tree; paths end at 4,095 bytes,
/// beyond which nothing could be opened (`.nameTooLong`).
final class TreeWalk {
    /// 256 KiB of names: some 20,000 subdirectories.
    static let mostPendingBytes = 256 << 10
    static let mostPaused = 16

    private struct Level {
        /// Of the directory's path in `path`, its `/` included.
        let pathCount: Int
        let status: FileStatus
        /// Until the directory has been read to its end.
        var reader: DirectoryReader?
        /// Whether the subdirectories found so far are entered before it is read on.
        var isPaused = false
        var isEmpty = true
        var pending = NameQueue()
    }

    private let source: SourceLocation
    private let options: TreeWalker.Options
    private var levels: [Level] = []
    private var paused = 0
    private var hasBegun = false
    /// The path of the newest level's directory, ending with `/` but for the source itself, which is empty; while an
    /// entry is looked at, its name follows.
    private var path: [UInt8] = []
    private var idleReader: DirectoryReader?
    private var entries: [ScannedEntry] = []

    init(_ source: SourceLocation, options: TreeWalker.Options) {
        self.source = source
        self.options = options
    }

    var isAtEnd: Bool { hasBegun && levels.isEmpty }

    func next(maximum: Int) throws(FileError) -> [ScannedEntry]? {
        if !hasBegun {
            try enter([])
            hasBegun = true
        }
        defer { entries = [] }
        // Bounds the time of a batch in which almost everything is filtered out.
        var steps = max(8 * maximum, 4096)
        while entries.count < maximum, steps > 0, !levels.isEmpty {
            steps -= 1
            do {
                try step()
            } catch {
                // What was gathered is handed out; the same step fails again, or no longer, in the next call.
                guard entries.isEmpty else { break }
                throw error
            }
        }
        return entries.isEmpty && isAtEnd ? nil : entries
    }

    /// One name more, or one level down or up. Throws when no descriptor is left or the source itself fails, and has then
    /// changed nothing.
    private func step() throws(FileError) {
        let top = levels.count - 1
        if let reader = levels[top].reader, !levels[top].isPaused {
            try read(reader, level: top)
        } else if let name = levels[top].pending.first {
            try enter(path + name)
            levels[top].pending.removeFirst()
            if levels[top].isPaused, levels[top].pending.isEmpty {
                levels[top].isPaused = false
                paused -= 1
            }
        } else {
            levels.removeLast()
            path.removeSubrange((levels.last?.pathCount ?? 0)...)
        }
    }

    private func read(_ reader: DirectoryReader, level: Int) throws(FileError) {
        defer { path.removeSubrange(levels[level].pathCount...) }
        do {
            guard let kind = try reader.next(appendingTo: &path) else {
                finish(level)
                return
            }
            levels[level].isEmpty = false
            try take(kind, from: reader, level: level)
        } catch {
            if error.code == .descriptorsExhausted {
                reader.stepBack()
                throw error
            }
            if path.count > levels[level].pathCount {
                entries.append(ScannedEntry(path: entryPath, failure: error.ofListed))
            } else {
                // The directory itself could not be read on.
                guard level > 0 else { throw error }
                entries.append(ScannedEntry(path: Array(path.dropLast()), failure: error.ofListed))
                levels[level].isEmpty = false
                finish(level)
            }
        }
    }

    private func take(_ kind: FileKind, from reader: DirectoryReader, level: Int) throws(FileError) {
        switch kind {
        case .unknown:
            let status = try reader.status()
            if status.kind == .unknown { skip(.unknown) } else { try take(status.kind, from: reader, level: level) }
        case .regular:
            let path = entryPath
            guard admits(path, isDirectory: false) else { return }
            let status = try reader.status()
            if status.kind == .regular {
                append(path, status)
            } else {
                try take(status.kind, from: reader, level: level)
            }
        case .directory:
            enqueueDirectory(level)
        case .link where options.symlinks == .follow:
            try follow(level)
        default:
            skip(kind)
        }
    }

    /// A link under `symlinks: follow`: what it leads to takes its place, if that is beneath the root.
    private func follow(_ level: Int) throws(FileError) {
        let path = entryPath
        let status: FileStatus
        do {
            status = try source.open(path, .handle, .follow).status()
        } catch {
            if error.code == .descriptorsExhausted { throw error }
            if admits(path, isDirectory: false) { entries.append(ScannedEntry(path: path, failure: error)) }
            return
        }
        switch status.kind {
        case .directory: enqueueDirectory(level)
        case .regular: if admits(path, isDirectory: false) { append(path, status) }
        default: skip(status.kind)
        }
    }

    private func append(_ path: [UInt8], _ status: FileStatus) {
        let kind = ScannedEntry.Kind.file(size: status.identity.size, modified: status.identity.modified)
        entries.append(ScannedEntry(path: path, kind: kind))
    }

    private func skip(_ kind: FileKind) {
        let path = entryPath
        guard let reason = SkipReason(kind), admits(path, isDirectory: false) else { return }
        entries.append(ScannedEntry(path: path, kind: .skipped(reason)))
    }

    private func enqueueDirectory(_ level: Int) {
        guard admits(entryPath, isDirectory: true) else { return }
        levels[level].pending.append(path[levels[level].pathCount...])
        if levels[level].pending.countInBytes >= Self.mostPendingBytes, paused < Self.mostPaused {
            levels[level].isPaused = true
            paused += 1
        }
    }

    /// Opens a directory and makes it the newest level; the source itself when the path is empty.
    private func enter(_ path: [UInt8]) throws(FileError) {
        do {
            let directory = try source.open(path, .directory, options.symlinks)
            let status = try directory.status()
            if options.symlinks == .follow, levels.contains(where: { $0.status.isSameFile(as: status) }) {
                entries.append(ScannedEntry(path: path, kind: .skipped(.linkLoop)))
                return
            }
            let reader = idleReader ?? DirectoryReader()
            idleReader = nil
            reader.begin(directory)
            self.path = path
            if !path.isEmpty { self.path.append(RelativePath.separator) }
            levels.append(Level(pathCount: self.path.count, status: status, reader: reader))
        } catch {
            if path.isEmpty || error.code == .descriptorsExhausted { throw error }
            if options.symlinks == .skip, error.code == .tooManyLinks {
                // A link took the directory's place after it was listed.
                entries.append(ScannedEntry(path: path, kind: .skipped(.symlink)))
            } else {
                entries.append(ScannedEntry(path: path, failure: error.ofListed))
            }
        }
    }

    /// The directory has been read to its end: its descriptor is closed before its subdirectories are entered.
    private func finish(_ level: Int) {
        if let reader = levels[level].reader {
            reader.end()
            idleReader = reader
        }
        levels[level].reader = nil
        if levels[level].isEmpty, level > 0, options.emptyDirectories == .marker {
            entries.append(ScannedEntry(path: Array(path.dropLast()), kind: .emptyDirectory))
        }
    }

    private func admits(_ path: [UInt8], isDirectory: Bool) -> Bool {
        options.filter?(path, isDirectory) ?? true
    }

    /// A copy of its own and of the right size: `path` goes on being changed.
    private var entryPath: [UInt8] {
        var copy: [UInt8] = []
        copy.reserveCapacity(path.count)
        copy += path
        return copy
    }
}
