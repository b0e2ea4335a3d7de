/// Why a walk passes something by. The raw value is what a caller of the service reads as `skip_reason`.
package enum SkipReason: String, Sendable, Codable, CaseIterable {
    /// A link, under `symlinks: skip`.
    case symlink
    /// Under `symlinks: follow`, a directory that lies on the path to itself: it has been walked already.
    case linkLoop = "link_loop"
    case fifo
    case socket
    case characterDevice = "character_device"
    case blockDevice = "block_device"
    /// The system says that it is none of the kinds it knows.
    case unknownType = "unknown_type"

    /// Nil for what is moved: files and directories.
    init?(_ kind: FileKind) {
        switch kind {
        case .regular, .directory: return nil
        case .link: self = .symlink
        case .fifo: self = .fifo
        case .socket: self = .socket
        case .characterDevice: self = .characterDevice
        case .blockDevice: self = .blockDevice
        case .unknown: self = .unknownType
        }
    }
}
