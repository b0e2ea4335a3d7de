import Glibc
import Synchronization

/// The folder on disk: `journal`, `lock`, and `data/xx/<id>` with the objects' bytes.
///
/// Keys never become file names: a file has a number, and the journal says which object refers to which range of which
/// file. So any key survives, and overwriting a key is one line in the journal.
final class DataFolder: Sendable {
    let path: String
    private let lock: DataFile
    private let nextID = Atomic<UInt64>(1)

    /// Makes the folder if needed, and locks it for as long as this lives.
    init(path: String) throws(FolderError) {
        self.path = path
        try Self.makeDirectory(path)
        try Self.makeDirectory("\(path)/data")
        for number in 0..<256 { try Self.makeDirectory("\(path)/data/\(Self.folderName(UInt64(number)))") }
        lock = try DataFile(id: 0, path: "\(path)/lock", flags: O_RDWR | O_CREAT)
        guard flock(lock.descriptor, LOCK_EX | LOCK_NB) == 0 else { throw FolderError("flock", "\(path)/lock") }
    }

    /// Lets another store use the folder; this one must not write any more.
    func unlock() {
        flock(lock.descriptor, LOCK_UN)
    }

    /// A new empty file. Until the journal refers to it, a restart removes it.
    func create() throws(FolderError) -> DataFile {
        let id = nextID.wrappingAdd(1, ordering: .relaxed).oldValue
        return try DataFile(id: id, path: filePath(id), flags: O_RDWR | O_CREAT | O_EXCL)
    }

    func open(_ id: UInt64) throws(FolderError) -> DataFile {
        try DataFile(id: id, path: filePath(id), flags: O_RDWR)
    }

    /// A descriptor of its own for whoever closes it.
    func openDescriptor(_ id: UInt64) throws(FolderError) -> Int32 {
        let descriptor = unsafe Glibc.open(filePath(id), O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FolderError("open", filePath(id)) }
        return descriptor
    }

    /// A file that is gone already is no error.
    func remove(_ id: UInt64) {
        _ = unsafe unlink(filePath(id))
    }

    /// At start: removes what nothing refers to, and goes on numbering behind the rest.
    func sweep(keeping kept: Set<UInt64>) throws(FolderError) {
        for number in 0..<256 {
            for name in try Self.names(in: "\(path)/data/\(Self.folderName(UInt64(number)))") {
                guard let id = UInt64(name, radix: 16), !kept.contains(id) else { continue }
                remove(id)
            }
        }
        nextID.store((kept.max() ?? 0) + 1, ordering: .relaxed)
    }

    private func filePath(_ id: UInt64) -> String { "\(path)/data/\(Self.folderName(id))/\(Hex.encode(id))" }

    private static func folderName(_ id: UInt64) -> String { Hex.encode([UInt8(truncatingIfNeeded: id)]) }

    private static func makeDirectory(_ path: String) throws(FolderError) {
        if unsafe mkdir(path, 0o755) != 0, errno != EEXIST { throw FolderError("mkdir", path) }
    }

    private static func names(in path: String) throws(FolderError) -> [String] {
        guard let directory = unsafe opendir(path) else { throw FolderError("opendir", path) }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            // The entry is valid until the next call; its name ends with a zero byte.
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe String(cString: UnsafeRawPointer(pointer).assumingMemoryBound(to: CChar.self))
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
