internal import Glibc

/// What a name stands for, as far as this room cares.
enum FileKind: Sendable {
    case regular, directory, link, fifo, socket, characterDevice, blockDevice
    /// The directory did not say (some file systems never do); only fstatat(2) can tell.
    case unknown

    /// From `st_mode` of stat(2).
    init(mode: UInt32) {
        switch mode & UInt32(S_IFMT) {
        case UInt32(S_IFREG): self = .regular
        case UInt32(S_IFDIR): self = .directory
        case UInt32(S_IFLNK): self = .link
        case UInt32(S_IFIFO): self = .fifo
        case UInt32(S_IFSOCK): self = .socket
        case UInt32(S_IFCHR): self = .characterDevice
        case UInt32(S_IFBLK): self = .blockDevice
        default: self = .unknown
        }
    }

    /// From `d_type` of getdents64(2): the same numbers, twelve bits lower.
    init(directoryEntryType type: UInt8) {
        self.init(mode: UInt32(type) << 12)
    }
}
