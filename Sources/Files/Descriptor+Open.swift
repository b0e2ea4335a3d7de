internal import CLinux
internal import Glibc

/// Opening relative to a directory. Any thread; blocks on the file system.
extension Descriptor {
    /// `path` from `directory` on by openat(2), its last segment never through a link. For paths that are trusted (a
    /// root as the operator gave it) and for single segments.
    static func open(
        _ path: [UInt8], at directory: Int32 = AT_FDCWD, _ mode: OpenMode, followsLastLink: Bool = false
    ) throws(FileError) -> Descriptor {
        let flags = mode.flags | (followsLastLink ? 0 : O_NOFOLLOW)
        let result = unsafe clinux_openat(directory, path, path.count, flags, 0)
        guard result >= 0 else { throw FileError(operation: "openat", errno: -result) }
        return Descriptor(takingOver: result)
    }

    /// `path` beneath this directory by openat2(2), in one call: `..` and links are taken as long as they stay beneath;
    /// an absolute link is EXDEV wherever it leads.
    borrowing func openInKernel(_ path: [UInt8], _ mode: OpenMode, followsLinks: Bool) throws(FileError) -> Descriptor {
        let path = path.isEmpty ? [UInt8(ascii: ".")] : path
        var resolve = UInt64(clinux_resolve_beneath) | UInt64(clinux_resolve_no_magiclinks)
        if !followsLinks { resolve |= UInt64(clinux_resolve_no_symlinks) }
        let result = unsafe clinux_openat2(raw, path, path.count, mode.flags, 0, resolve)
        guard result >= 0 else { throw FileError(operation: "openat2", errno: -result) }
        return Descriptor(takingOver: result)
    }

    /// `path` beneath this directory through no link at all; a link anywhere on it is `.tooManyLinks`, a `..` that leaves
    /// is `.notAllowed`.
    borrowing func openWithoutLinks(
        _ path: [UInt8], _ mode: OpenMode, _ resolution: PathResolution
    ) throws(FileError) -> Descriptor {
        switch resolution {
        case .kernel:
            return try openInKernel(path, mode, followsLinks: false)
        case .componentwise:
            guard path.first != RelativePath.separator else {
                throw FileError(.notAllowed, operation: "openat", errno: EXDEV)
            }
            var segments = RelativePath.segments(of: path)
            guard !segments.contains(RelativePath.parent) else {
                throw FileError(.notAllowed, operation: "openat", errno: EXDEV)
            }
            guard let last = segments.popLast() else { return try Descriptor.open([UInt8(ascii: ".")], at: raw, mode) }
            guard let first = segments.first else { return try Descriptor.openSegment(last, at: raw, mode) }
            var directory = try Descriptor.openSegment(first, at: raw, .step)
            for segment in segments.dropFirst() {
                directory = try Descriptor.openSegment(segment, at: directory.raw, .step)
            }
            return try Descriptor.openSegment(last, at: directory.raw, mode)
        }
    }

    /// One segment, never through a link: a link is ELOOP in every mode, as openat2 says it.
    static func openSegment(
        _ name: [UInt8], at directory: Int32, _ mode: OpenMode
    ) throws(FileError) -> Descriptor {
        let opened: Descriptor
        do {
            opened = try open(name, at: directory, mode)
        } catch {
            // With O_DIRECTORY a link is ENOTDIR, like a file.
            guard error.errno == ENOTDIR, linkTarget(of: name, at: directory) != nil else { throw error }
            throw FileError(operation: "openat", errno: ELOOP)
        }
        // With O_PATH the link itself was opened.
        if mode == .handle, try opened.status().kind == .link {
            throw FileError(operation: "openat", errno: ELOOP)
        }
        return opened
    }

    /// Where a link leads, or nil when the name is no link (or nothing).
    static func linkTarget(of name: [UInt8], at directory: Int32) -> [UInt8]? {
        var length: Int32 = 0
        let target = unsafe [UInt8](unsafeUninitializedCapacity: Int(PATH_MAX)) { buffer, count in
            length = unsafe clinux_readlinkat(directory, name, name.count, buffer.baseAddress!, buffer.count)
            count = max(0, Int(length))
        }
        return length >= 0 ? target : nil
    }
}
