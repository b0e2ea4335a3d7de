import Glibc
import Testing

@testable import Files

/// A directory of one test's own, with names given as bytes; gone when the test is. `root` is meant to be allowed,
/// what lies beside it is not.
@safe final class TestTree: Sendable {
    let path: String
    var root: String { path + "/root" }

    /// - Parameter inMemory: for large trees, where the machine has a file system in memory.
    init(inMemory: Bool = false) {
        let parent = unsafe inMemory && access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
        var template = Array("\(parent)/longshore-files-XXXXXX".utf8CString)
        let made = unsafe template.withUnsafeMutableBufferPointer { unsafe mkdtemp($0.baseAddress!) != nil }
        precondition(made, "no temporary directory: errno \(errno)")
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        directory("root")
    }

    deinit {
        Self.removeAll(path)
    }

    func directory(_ name: String) {
        check(unsafe mkdir(full(name), 0o755), name)
    }

    func directories(_ name: String) {
        var prefix = ""
        for segment in name.split(separator: "/") {
            prefix += (prefix.isEmpty ? "" : "/") + segment
            _ = unsafe mkdir(full(prefix), 0o755)
        }
    }

    func file(_ name: String, _ contents: [UInt8] = []) {
        file(Array(name.utf8), contents)
    }

    func file(_ name: [UInt8], _ contents: [UInt8] = []) {
        let bytes = (Array(path.utf8) + [UInt8(ascii: "/")] + name + [0]).map { CChar(bitPattern: $0) }
        let descriptor = unsafe Glibc.open(bytes, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        check(descriptor, "\(name)")
        check(Int32(unsafe Glibc.write(descriptor, contents, contents.count)), "\(name)")
        close(descriptor)
    }

    func append(_ name: String, _ contents: [UInt8]) {
        let descriptor = unsafe Glibc.open(full(name), O_WRONLY | O_APPEND | O_CLOEXEC)
        check(descriptor, name)
        check(Int32(unsafe Glibc.write(descriptor, contents, contents.count)), name)
        close(descriptor)
    }

    func overwrite(_ name: String, _ contents: [UInt8]) {
        let descriptor = unsafe Glibc.open(full(name), O_WRONLY | O_CLOEXEC)
        check(descriptor, name)
        check(Int32(unsafe Glibc.pwrite(descriptor, contents, contents.count, 0)), name)
        close(descriptor)
    }

    func truncate(_ name: String, _ size: Int) {
        check(unsafe Glibc.truncate(full(name), size), name)
    }

    func link(_ name: String, to target: String) {
        check(unsafe symlink(target, full(name)), name)
    }

    func fifo(_ name: String) {
        check(unsafe mkfifo(full(name), 0o644), name)
    }

    func remove(_ name: String) {
        check(unsafe Glibc.remove(full(name)), name)
    }

    func move(_ name: String, to target: String) {
        check(unsafe rename(full(name), full(target)), name)
    }

    func mode(_ name: String, _ mode: UInt32) {
        check(unsafe chmod(full(name), mode), name)
    }

    /// A socket's name, as a server leaves it.
    func socket(_ name: String) {
        check(unsafe mknod(full(name), UInt32(S_IFSOCK) | 0o644, 0), name)
    }

    func setModified(_ name: String, _ nanoseconds: Int64) {
        let time = timespec(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
        check(unsafe utimensat(AT_FDCWD, full(name), [time, time], 0), name)
    }

    func contents(_ name: String) -> [UInt8]? {
        let descriptor = unsafe Glibc.open(full(name), O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = unsafe Glibc.read(descriptor, &bytes, bytes.count)
        return Array(bytes.prefix(max(0, count)))
    }

    func exists(_ name: String) -> Bool {
        unsafe access(full(name), F_OK) == 0
    }

    func full(_ name: String) -> String {
        name.isEmpty ? path : path + "/" + name
    }

    func roots(_ resolution: PathResolution = .available) throws -> RootSet {
        try RootSet([root], resolution: resolution)
    }

    func source(_ name: String = "root", _ resolution: PathResolution = .available) throws -> Files.SourceLocation {
        try roots(resolution).openSource(full(name))
    }

    private func check(_ result: Int32, _ name: String) {
        precondition(result >= 0, "\(name): errno \(errno)")
    }

    private static func removeAll(_ path: String) {
        var process: pid_t = 0
        var words: [UnsafeMutablePointer<CChar>?] = unsafe []
        for word in ["rm", "-rf", path] { unsafe words.append(strdup(word)) }
        unsafe words.append(nil)
        if unsafe posix_spawn(&process, "/bin/rm", nil, nil, words, nil) == 0 {
            var status: Int32 = 0
            unsafe waitpid(process, &status, 0)
        }
        for index in unsafe words.indices { unsafe free(words[index]) }
    }
}

/// Descriptors that this process has open now.
func openDescriptors() -> Int {
    guard let directory = unsafe opendir("/proc/self/fd") else { return -1 }
    defer { unsafe closedir(directory) }
    var count = 0
    while unsafe readdir(directory) != nil { count += 1 }
    // `.`, `..` and the directory itself.
    return count - 3
}

/// What `body` throws.
func fileError(_ body: () throws -> Void) -> FileErrorCode? {
    do {
        try body()
        return nil
    } catch {
        return (error as? FileError)?.code
    }
}

func fileError(_ body: () async throws -> Void) async -> FileErrorCode? {
    do {
        try await body()
        return nil
    } catch {
        return (error as? FileError)?.code
    }
}

extension [UInt8] {
    var text: String { String(decoding: self, as: UTF8.self) }
}

/// Runs `body` with the rights of nobody; as nobody already, it just runs. For the whole process: in exit tests only.
func asNobody<Value>(_ body: () throws -> Value) rethrows -> Value {
    let before = geteuid()
    if before == 0 { precondition(seteuid(65534) == 0) }
    defer { if before == 0 { precondition(seteuid(0) == 0) } }
    return try body()
}
