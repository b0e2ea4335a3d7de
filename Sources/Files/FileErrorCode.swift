/// What went wrong with a local file. Each says what a user should do.
package enum FileErrorCode: String, Sendable, Codable, CaseIterable {
    /// The path is not beneath an allowed root, or leaves it by `..` or a link. Ask the operator for the root.
    case notAllowed
    /// Nothing is there. Mend the path.
    case notFound
    /// A file stands where a directory is needed. Mend the path.
    case notDirectory
    /// The service may not read or enter it. Mend its permissions.
    case unreadable
    /// It was listed and is gone, or is no longer reached by its path. Nothing to mend: run the job again.
    case vanished
    /// It changed while it was read. Run the job again once nothing writes to it.
    case changed
    /// It is no regular file: a directory, FIFO, socket, device or link.
    case notRegular
    /// Links that lead round a loop, or more than 40 of them. Mend the links.
    case tooManyLinks
    /// A segment over 255 bytes or a path over 4,095 bytes. Rename it.
    case nameTooLong
    /// The path is empty, not absolute where it must be, or holds a NUL byte.
    case invalidPath
    /// It grew beyond what the caller would take into memory. Callers read it by ranges instead; users never see it.
    case tooLarge
    /// Something else has the name already, or a directory stands where a file belongs.
    case exists
    /// No room, no quota. Make room.
    case diskFull
    /// The file system cannot be written to. Mount it so that it can.
    case readOnly
    /// The process has no descriptor left. Callers try again once some are closed; operators raise the limit.
    case descriptorsExhausted
    /// Any other fault: the disk or the network under it.
    case ioError
    /// The task that asked was cancelled.
    case cancelled
    /// The reader pool has been stopped.
    case stopped
}
