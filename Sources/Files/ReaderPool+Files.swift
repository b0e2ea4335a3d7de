package import Checksums
package import Model

/// Reading sources. Each call is one job on a reader thread.
extension ReaderPool {
    /// A small file: opened, read whole, checksummed, found unchanged and closed.
    ///
    /// - Parameter limitInBytes: what the caller will hold in memory. A file that has grown past it since it was listed
    ///   is `.tooLarge`; the caller moves it as a large one.
    /// - Throws: as `FileReader`'s `init`, `readAll` and `verify`.
    package func load(
        _ path: [UInt8], in source: SourceLocation, symlinks: JobSpec.Symlinks = .skip, limitInBytes: Int,
        checksums: ChecksumKinds
    ) async throws(FileError) -> LoadedFile {
        try await run { scratch throws(FileError) in
            let reader = try FileReader(path, in: source, symlinks: symlinks)
            let bytes = try reader.readAll(limitInBytes: limitInBytes)
            var digests = Digests()
            if !checksums.isEmpty {
                let kept = scratch.hasher(for: checksums)
                kept.hasher.update(bytes)
                digests = kept.hasher.finalize()
            }
            try reader.verify()
            return LoadedFile(bytes: bytes, digests: digests, identity: reader.identity)
        }
    }

    /// A large file, to be read by ranges, once there is a place for it. Throws as `FileReader.init`.
    package func open(
        _ path: [UInt8], in source: SourceLocation, symlinks: JobSpec.Symlinks = .skip
    ) async throws(FileError) -> OpenedFile {
        do {
            try await openFiles.take()
        } catch {
            throw FileError(.cancelled, operation: "wait to open a file")
        }
        do {
            return try await run { [openFiles] _ throws(FileError) in
                OpenedFile(try FileReader(path, in: source, symlinks: symlinks), place: openFiles)
            }
        } catch {
            openFiles.giveBack()
            throw error
        }
    }

    /// The checksums of a range, computed in one pass of bounded reads. The bytes are in the page cache afterwards.
    ///
    /// - Throws: `.changed` when the file ended before the range, or was not what it was at `open` after the pass;
    ///   `.cancelled` at the next buffer after a cancel.
    package func digest(
        _ range: ByteRange, of file: OpenedFile, _ kinds: ChecksumKinds
    ) async throws(FileError) -> Digests {
        try await run { scratch throws(FileError) in
            let digests = try file.reader.digests(of: range, kinds, scratch)
            try file.reader.verify()
            return digests
        }
    }

    /// The checksums of all that a spool file holds, in one pass of bounded reads.
    package func digest(_ spool: SpoolFile, _ kinds: ChecksumKinds) async throws(FileError) -> Digests {
        try await run { scratch throws(FileError) in
            try spool.file.digests(of: ByteRange(offset: 0, count: spool.sizeInBytes), kinds, scratch)
        }
    }

    /// Throws `.changed` when the file is not what it was when it was opened.
    package func verify(_ file: OpenedFile) async throws(FileError) {
        try await run { _ throws(FileError) in try file.reader.verify() }
    }
}
