/// What tells that a file is the one it was: compared before and after each pass over its bytes.
/// `size` in bytes; `modified` and `changed` in nanoseconds since 1970 (mtime and ctime of stat(2)).
package struct FileIdentity: Hashable, Sendable, Codable {
    package let device: UInt64
    package let inode: UInt64
    package let size: Int64
    package let modified: Int64
    package let changed: Int64

    package init(device: UInt64, inode: UInt64, size: Int64, modified: Int64, changed: Int64) {
        self.device = device
        self.inode = inode
        self.size = size
        self.modified = modified
        self.changed = changed
    }
}
