internal import Glibc

/// Resolves one path beneath the roots. No two paths are ever compared as text: the walk knows that it has come to a
/// root by device and inode, and from there on the kernel keeps it inside.
///
/// Outside a root it goes down from `/` segment by segment, through handles that can neither list nor read. In a root
/// the whole rest goes to openat2(RESOLVE_BENEATH). That refuses an absolute link even when it leads inside, so on EXDEV
/// (or where the kernel lacks the call) the rest is walked segment by segment, links read here; an absolute link starts
/// again at `/`, at most `mostLinks` times. Once inside, a `..` above the root is refused, as the kernel does.
///
/// Blocks on the file system; holds at most two descriptors, however deep the path.
struct Resolver: ~Copyable {
    /// As many as the kernel follows (path_resolution(7)).
    static let mostLinks = 40

    private let roots: [Root]
    private let mode: OpenMode
    private let resolution: PathResolution
    private let createsMissing: Bool
    private var meansDirectory: Bool
    /// Segments still to go; the next is the last.
    private var remaining: [[UInt8]]
    /// The root that we are in, and the names from it (outside: from `/`) to `current`, none of them a link.
    private var root: Root?
    private var names: [[UInt8]] = []
    private var current: Descriptor
    private var linksLeft = mostLinks

    init(
        _ path: [UInt8], roots: [Root], startingIn root: Root?, _ mode: OpenMode, _ resolution: PathResolution,
        createsMissing: Bool = false
    ) throws(FileError) {
        self.roots = roots
        self.mode = mode
        self.resolution = resolution
        self.createsMissing = createsMissing
        self.root = root
        meansDirectory = RelativePath.meansDirectory(path)
        remaining = RelativePath.segments(of: path).reversed()
        current = try Self.base(of: root)
    }

    /// Goes the whole way. What happens outside of all roots is `.notAllowed`, whatever it is: nobody learns what exists
    /// there.
    mutating func resolve() throws(FileError) -> ResolvedPath {
        do {
            return try walk()
        } catch {
            if root == nil, error.code != .descriptorsExhausted {
                throw FileError(.notAllowed, operation: "the path is not beneath an allowed root", errno: EXDEV)
            }
            throw error
        }
    }

    private mutating func walk() throws(FileError) -> ResolvedPath {
        try enterRoot()
        while true {
            if let root, names.isEmpty, resolution == .kernel, let place = try openRest(in: root) { return place }
            guard let name = remaining.popLast() else { break }
            if name == RelativePath.parent {
                try goUp()
            } else if let target = Descriptor.linkTarget(of: name, at: current.raw) {
                try follow(target)
            } else if let root, remaining.isEmpty {
                return try openLast(name, in: root)
            } else {
                try goDown(name)
            }
        }
        guard let root else { throw FileError(operation: "openat", errno: EXDEV) }
        let opened = try Descriptor.open([UInt8(ascii: ".")], at: current.raw, mode)
        return ResolvedPath(root: root, path: RelativePath.joined(names), descriptor: opened)
    }

    /// The rest of the path by the kernel; nil where only a walk can tell: an absolute link, a `..` that seems to leave,
    /// a directory that is to be made.
    private borrowing func openRest(in root: Root) throws(FileError) -> ResolvedPath? {
        var path = RelativePath.joined(remaining.reversed())
        if meansDirectory, !path.isEmpty { path.append(RelativePath.separator) }
        do {
            let opened = try root.directory.openInKernel(path, mode, followsLinks: true)
            return ResolvedPath(root: root, path: path, descriptor: opened)
        } catch {
            if [EXDEV, EAGAIN, ENOSYS].contains(error.errno) { return nil }
            if error.errno == ENOENT, createsMissing { return nil }
            throw error
        }
    }

    private mutating func openLast(_ name: [UInt8], in root: Root) throws(FileError) -> ResolvedPath {
        if createsMissing {
            try goDown(name)
            let opened = try Descriptor.open([UInt8(ascii: ".")], at: current.raw, mode)
            return ResolvedPath(root: root, path: RelativePath.joined(names), descriptor: opened)
        }
        let opened = try Descriptor.openSegment(name, at: current.raw, mode)
        names.append(name)
        if meansDirectory, try opened.status().kind != .directory {
            throw FileError(operation: "openat", errno: ENOTDIR)
        }
        return ResolvedPath(root: root, path: RelativePath.joined(names), descriptor: opened)
    }

    private mutating func goDown(_ name: [UInt8]) throws(FileError) {
        do {
            current = try Descriptor.openSegment(name, at: current.raw, .step)
        } catch {
            guard error.errno == ENOENT, createsMissing, root != nil else { throw error }
            try Descriptor.makeDirectory(name, at: current.raw)
            current = try Descriptor.openSegment(name, at: current.raw, .step)
        }
        names.append(name)
        try enterRoot()
    }

    /// By the names that led here, not by the directory's own `..`: a directory that is moved out of the root meanwhile
    /// must not take us along.
    private mutating func goUp() throws(FileError) {
        if names.isEmpty {
            // `/..` is `/`; above a root there is nothing.
            guard root == nil else { throw FileError(operation: "openat", errno: EXDEV) }
            return
        }
        names.removeLast()
        current = try Self.base(of: root).openWithoutLinks(RelativePath.joined(names), .step, resolution)
        try enterRoot()
    }

    private mutating func follow(_ target: [UInt8]) throws(FileError) {
        guard linksLeft > 0 else { throw FileError(operation: "readlinkat", errno: ELOOP) }
        linksLeft -= 1
        if remaining.isEmpty, RelativePath.meansDirectory(target) { meansDirectory = true }
        remaining += RelativePath.segments(of: target).reversed()
        if target.first == RelativePath.separator {
            root = nil
            names = []
            current = try Self.base(of: nil)
            try enterRoot()
        }
    }

    private mutating func enterRoot() throws(FileError) {
        guard root == nil else { return }
        let status = try current.status()
        guard let found = roots.first(where: { $0.status.isSameFile(as: status) }) else { return }
        root = found
        names = []
    }

    private static func base(of root: Root?) throws(FileError) -> Descriptor {
        guard let root else { return try Descriptor.open([RelativePath.separator], .step) }
        return try Descriptor.open([UInt8(ascii: ".")], at: root.directory.raw, .step)
    }
}
