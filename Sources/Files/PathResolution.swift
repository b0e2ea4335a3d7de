internal import CLinux
internal import Glibc

/// Who keeps a path beneath its root.
package enum PathResolution: String, Sendable, Codable, CaseIterable {
    /// openat2(2) with RESOLVE_BENEATH: Linux 5.6 and later.
    case kernel
    /// Component by component with O_NOFOLLOW, links read and followed here: for older kernels, and for sandboxes whose
    /// filter refuses openat2.
    case componentwise

    /// What this machine can do, asked once.
    package static let available: PathResolution = {
        let here: [UInt8] = [UInt8(ascii: ".")]
        let descriptor = unsafe clinux_openat2(
            AT_FDCWD, here, here.count, OpenMode.step.flags, 0, UInt64(clinux_resolve_beneath))
        guard descriptor >= 0 else { return .componentwise }
        close(descriptor)
        return .kernel
    }()
}
