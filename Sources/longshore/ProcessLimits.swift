import CLinux
import Foundation

/// What the process asks of the system before it begins, and how it shares out what it gets.
struct ProcessLimits {
    /// What the state, the logs, the threads' own and a little reserve need.
    private static let reserve = 56

    /// HTTP connections open at once.
    let connections: Int
    /// Large source files open at once.
    let openFiles: Int
    /// Connections to the stores.
    let storeConnections: Int

    /// As many descriptors as it may have. A quarter of them are for HTTP clients; half of the rest for files that are
    /// being sent, half for the connections that they are sent on.
    ///
    /// Memory that threads have freed goes back to two arenas instead of one for each thread: what a dozen of them
    /// keep for themselves is some 5 MiB (mallopt manual page, M_ARENA_MAX).
    static func raise() -> ProcessLimits {
        _ = mallopt(M_ARENA_MAX, 2)
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            return ProcessLimits(descriptors: 1_024)
        }
        limit.rlim_cur = limit.rlim_max
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return ProcessLimits(descriptors: Int(min(limit.rlim_cur, 1 << 30)))
    }

    ///     256 descriptors -> 48 HTTP connections and 16 that are being refused, 68 files, 68 connections to stores
    init(descriptors: Int) {
        connections = min(4_096, max(8, descriptors / 4 - 16))
        let rest = max(16, descriptors - descriptors / 4 - Self.reserve)
        openFiles = rest / 2
        storeConnections = rest / 2
    }
}
