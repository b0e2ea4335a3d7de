internal import CLinux
internal import Glibc

/// For what something is opened. Nothing is inherited by child processes.
enum OpenMode: Sendable {
    /// A handle without the right to read: it opens anything without side effects, even a device.
    case handle
    /// As `handle`, directories alone: a step on a path.
    case step
    /// To list a directory.
    case directory
    /// To read a regular file. A FIFO or terminal that took its place does not block the thread.
    case read

    var flags: Int32 {
        switch self {
        case .handle: Int32(clinux_o_path) | O_CLOEXEC
        case .step: Int32(clinux_o_path) | O_DIRECTORY | O_CLOEXEC
        case .directory: O_RDONLY | O_DIRECTORY | O_CLOEXEC
        case .read: O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
        }
    }
}
