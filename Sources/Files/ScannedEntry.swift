/// One thing that a walk met and that counts: to be moved, skipped on purpose, or failed.
package struct ScannedEntry: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        /// Size in bytes, mtime in nanoseconds since 1970; of the file that a followed link leads to.
        case file(size: Int64, modified: Int64)
        /// A directory with nothing in it, when asked for. Its path has no `/` at the end.
        case emptyDirectory
        case skipped(SkipReason)
        /// It could not be looked at, or entered, or is not where a list said. The message names no path.
        case failed(FileErrorCode, message: String)
    }

    /// Relative to the source, `/` between segments, raw bytes; as it was listed.
    package let path: [UInt8]
    package let kind: Kind

    package init(path: [UInt8], kind: Kind) {
        self.path = path
        self.kind = kind
    }

    init(path: [UInt8], failure: FileError) {
        self.init(path: path, kind: .failed(failure.code, message: failure.message))
    }
}
