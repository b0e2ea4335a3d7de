internal import CLinux
internal import Glibc

/// Changing names in a directory. One segment each; no link is followed. Blocks on the file system.
extension Descriptor {
    /// mkdirat(2), mode 0777 less the umask. That another made it first is no error.
    static func makeDirectory(_ name: [UInt8], at directory: Int32) throws(FileError) {
        let fault = unsafe clinux_mkdirat(directory, name, name.count, 0o777)
        guard fault == 0 || fault == -EEXIST else { throw FileError(operation: "mkdirat", errno: -fault) }
    }

    /// unlinkat(2). That it is gone already is no error.
    static func removeFile(_ name: [UInt8], at directory: Int32) throws(FileError) {
        let fault = unsafe clinux_unlinkat(directory, name, name.count, 0)
        guard fault == 0 || fault == -ENOENT else { throw FileError(operation: "unlinkat", errno: -fault) }
    }

    /// renameat2(2): the target is the old file or the new one at every moment.
    static func rename(
        _ name: [UInt8], to target: [UInt8], at directory: Int32, replaces: Bool
    ) throws(FileError) {
        let flags = replaces ? 0 : UInt32(clinux_rename_noreplace)
        let fault = unsafe clinux_rename(directory, name, name.count, target, target.count, flags)
        switch fault {
        case 0: return
        case -EISDIR: throw FileError(.exists, operation: "renameat2", errno: EISDIR)
        default: throw FileError(operation: "renameat2", errno: -fault)
        }
    }
}
