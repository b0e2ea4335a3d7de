internal import Glibc
package import Model

/// A large file, open while its parts are read. The descriptor is closed when the last reference goes.
package final class OpenedFile: Sendable {
    let reader: FileReader
    /// Given back when the last reference goes.
    private let place: PlaceCounter

    init(_ reader: consuming FileReader, place: PlaceCounter) {
        self.reader = reader
        self.place = place
    }

    deinit { place.giveBack() }

    /// When it was opened.
    package var identity: FileIdentity { reader.identity }

    /// For reads by offset (pread(2)) elsewhere, as long as this object is held. Never to be closed, or read by position.
    package var descriptor: Int32 { reader.descriptor.raw }

    /// What it is now, by fstat(2): quick, but it may block where the file system is remote. Callers on the cooperative
    /// pool use `ReaderPool.verify`.
    package func currentIdentity() throws(FileError) -> FileIdentity {
        try reader.descriptor.status().identity
    }

    /// It will be read from its beginning to its end: the kernel reads further ahead (posix_fadvise(2)).
    package func willReadInOrder() {
        posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
    }

    /// The kernel may begin to read this range now; returns at once.
    package func willRead(_ range: ByteRange) {
        posix_fadvise(descriptor, off_t(range.offset), off_t(range.count), POSIX_FADV_WILLNEED)
    }

    /// The range is not needed in the page cache any more. Only for files that no one else is likely to read.
    package func isDone(with range: ByteRange) {
        posix_fadvise(descriptor, off_t(range.offset), off_t(range.count), POSIX_FADV_DONTNEED)
    }
}
