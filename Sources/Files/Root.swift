/// A directory below which the service may read and write. Held open: what the path is made to mean later changes
/// nothing, so a root that is replaced or mounted over needs a restart.
package final class Root: Sendable {
    /// As the operator gave it; for people.
    package let path: String
    let directory: Descriptor
    let status: FileStatus

    /// Links in the operator's own path are followed. Throws what openat(2) says; blocks on the file system.
    init(path: String) throws(FileError) {
        self.path = path
        directory = try Descriptor.open(Array(path.utf8), .directory, followsLastLink: true)
        status = try directory.status()
    }
}
