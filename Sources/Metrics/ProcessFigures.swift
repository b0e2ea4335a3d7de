internal import Glibc

/// What the kernel says of this process, under the names that every Prometheus client has (prometheus.io, "Writing
/// client libraries", "Standard and runtime collectors"). Reads a few files of /proc, which touch no disk.
package struct ProcessFigures: MetricSource {
    package init() {}

    package func write(to exposition: inout Exposition) {
        if let stat = Self.stat() {
            let ticks = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
            exposition.counter("process_cpu_seconds_total", "User and system time of all threads.") {
                $0.add((stat.userTicks + stat.systemTicks) / ticks)
            }
            exposition.gauge("process_resident_memory_bytes", "Memory in use, shared pages included.") {
                $0.add(stat.residentPages * sysconf(Int32(_SC_PAGESIZE)))
            }
            if let boot = Self.bootTime() {
                exposition.gauge("process_start_time_seconds", "When the process began, since 1970.") {
                    $0.add(boot + stat.startTicks / ticks)
                }
            }
            exposition.gauge("process_threads", "Threads of the process.", stat.threads)
        }
        exposition.gauge("process_open_fds", "Open file descriptors.", Self.openDescriptors())
        exposition.gauge("process_max_fds", "Most file descriptors that may be open.", Self.descriptorLimit())
    }

    /// Fields of /proc/self/stat (proc manual page), counted behind the name, which may hold anything.
    private struct Stat {
        var userTicks: Double
        var systemTicks: Double
        var startTicks: Double
        var threads: Int
        var residentPages: Int
    }

    private static func stat() -> Stat? {
        let text = read("/proc/self/stat")
        guard let name = text.lastIndex(of: ")") else { return nil }
        // The first of these is field 3, the state.
        let fields = text[text.index(after: name)...].split(separator: " ").map { Int($0) ?? 0 }
        guard fields.count > 21 else { return nil }
        return Stat(
            userTicks: Double(fields[11]), systemTicks: Double(fields[12]), startTicks: Double(fields[19]),
            threads: fields[17], residentPages: fields[21])
    }

    private static func bootTime() -> Double? {
        for line in read("/proc/stat").split(separator: "\n") where line.hasPrefix("btime ") {
            return Double(line.dropFirst("btime ".count))
        }
        return nil
    }

    private static func openDescriptors() -> Int {
        guard let folder = unsafe opendir("/proc/self/fd") else { return 0 }
        defer { unsafe closedir(folder) }
        var count = 0
        while unsafe readdir(folder) != nil { count += 1 }
        // `.`, `..` and the folder's own.
        return max(0, count - 3)
    }

    private static func descriptorLimit() -> Int {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 0 }
        return Int(min(limit.rlim_cur, rlim_t(Int32.max)))
    }

    private static func read(_ path: String) -> String {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = unsafe Glibc.read(descriptor, &piece, piece.count)
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += piece[..<count]
        }
    }
}
