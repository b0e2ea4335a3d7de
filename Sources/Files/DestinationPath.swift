internal import Glibc

/// Where an object's key leads below a destination: folders, then a name. Judged as text before anything is touched;
/// links are the kernel's part, when the folders are opened.
package struct DestinationPath: Sendable, Hashable {
    /// NAME_MAX: no Linux file system takes longer names.
    package static let longestName = 255
    /// The folders on the way, joined by `/`; empty when the name stands in the destination itself.
    package let folder: [UInt8]
    package let name: [UInt8]

    /// - Parameter key: relative, `/` between segments. A `/` at the end is not for here: see `DestinationFolder.makeFolder`.
    /// - Throws: `.notAllowed` for an absolute path and for empty, `.` and `..` segments, even where they would stay inside;
    ///   `.invalidPath` for an empty path or a NUL; `.nameTooLong` for a segment over 255 bytes or a path over 4,095.
    package init(_ key: [UInt8]) throws(FileError) {
        guard !key.isEmpty, !key.contains(0) else {
            throw FileError(.invalidPath, operation: "the path is empty or holds a NUL byte")
        }
        guard key.count < PATH_MAX else {
            throw FileError(.nameTooLong, operation: "the path is longer than \(PATH_MAX - 1) bytes")
        }
        let segments = key.split(separator: RelativePath.separator, omittingEmptySubsequences: false)
        for segment in segments {
            if segment.isEmpty || [[UInt8(ascii: ".")], RelativePath.parent].contains(Array(segment)) {
                throw FileError(.notAllowed, operation: "the path is absolute or has an empty, `.` or `..` segment")
            }
            if segment.count > Self.longestName {
                throw FileError(.nameTooLong, operation: "a segment is longer than \(Self.longestName) bytes")
            }
        }
        guard let last = segments.last else { preconditionFailure("a path that is not empty has no segment") }
        name = Array(last)
        folder = segments.count == 1 ? [] : Array(key.dropLast(last.count + 1))
    }
}
