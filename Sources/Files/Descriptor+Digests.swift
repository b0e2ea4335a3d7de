internal import Checksums
import Model

extension Descriptor {
    /// The checksums of a range in one pass, through the thread's buffer.
    ///
    /// - Throws: `.changed` when the file ends before the range does; `.cancelled` at the next buffer.
    borrowing func digests(
        of range: ByteRange, _ kinds: ChecksumKinds, _ scratch: ReaderScratch
    ) throws(FileError) -> Digests {
        let kept = scratch.hasher(for: kinds)
        let buffer = unsafe scratch.buffer
        var offset = range.offset
        while offset < range.end {
            if scratch.isCancelled { throw FileError(.cancelled, operation: "the read was cancelled") }
            let wanted = min(Int(range.end - offset), buffer.count)
            let piece = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted])
            guard try unsafe read(into: piece, at: offset) == wanted else { throw FileReader.hasShrunk }
            unsafe kept.hasher.update(UnsafeRawBufferPointer(piece))
            offset += Int64(wanted)
        }
        return kept.hasher.finalize()
    }
}
