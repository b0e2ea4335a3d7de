import Checksums
import Files
import Model

/// Where an object of a download goes: a folder, held open, and a name in it. Made on a reader thread.
struct DownloadTarget: Sendable {
    let folder: DestinationFolder
    let name: [UInt8]
    /// Of the temporary file.
    let token: String
    /// What the name stands for now; nil for nothing.
    let standing: FileIdentity?

    /// Makes the folders on the way. Throws what the path, or what stands there, has against it.
    init(_ file: FileTransfer, in destination: DestinationFolder, job: String) throws(FileError) {
        let path = try DestinationPath(file.path)
        folder = try destination.makeFolder(path.folder)
        name = path.name
        token = Self.token(of: file.number, in: job)
        standing = try folder.fileIdentity(path.name)
    }

    /// A new temporary file, in place of one that a process that died has left.
    func makeTemporary() throws(FileError) -> TemporaryFile {
        do {
            return try folder.createTemporary(token: token)
        } catch {
            guard error.code == .exists else { throw error }
            try folder.removeTemporary(token: token)
            return try folder.createTemporary(token: token)
        }
    }

    /// Of a file's temporary name, `job` being its job's `uniqueName`: the same after a restart, and no other job's, whatever service that belongs to.
    static func token(of file: FileNumber, in job: String) -> String {
        "\(Array(MD5.hash(Array(job.utf8)).prefix(8)).hexadecimal)n\(file.rawValue)"
    }
}
