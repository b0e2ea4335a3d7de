import Model

/// What stat(2) tells of a file.
struct FileStatus: Sendable {
    let identity: FileIdentity
    let kind: FileKind

    /// Whether both are one file, whatever its contents: device and inode.
    func isSameFile(as other: FileStatus) -> Bool {
        identity.device == other.identity.device && identity.inode == other.identity.inode
    }
}
