import Foundation
import Glibc
import Support
import Synchronization

/// The files that a test's jobs move. It remembers what it wrote.
final class SourceTree: Sendable {
    let path: String
    private let written = Mutex<[[UInt8]: [UInt8]]>([:])

    init(path: String) { self.path = path }

    /// What the regular files hold, by relative path.
    func contents() -> [[UInt8]: [UInt8]] { written.withLock { $0 } }

    /// A file of random bytes; its directories are made.
    func file(_ name: String, _ size: Int, seed: UInt64 = 1) throws {
        var generator = SeededGenerator(seed: seed &+ UInt64(size))
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size + 8)
        while bytes.count < size {
            let word = generator.next()
            for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: word >> (8 * UInt64(shift)))) }
        }
        try file(Array(name.utf8), Array(bytes.prefix(size)))
    }

    func file(_ name: [UInt8], _ bytes: [UInt8]) throws {
        if let slash = name.lastIndex(of: UInt8(ascii: "/")) {
            try directory(String(decoding: name[..<slash], as: UTF8.self))
        }
        try write(name, bytes, O_CREAT | O_TRUNC)
        written.withLock { $0[name] = bytes }
    }

    /// Written behind its end. Changes size, mtime and ctime.
    func append(_ name: String, _ bytes: [UInt8]) throws {
        try write(Array(name.utf8), bytes, O_APPEND)
        written.withLock { $0[Array(name.utf8), default: []] += bytes }
    }

    func directory(_ name: String) throws {
        try FileManager.default.createDirectory(atPath: full(name), withIntermediateDirectories: true)
    }

    func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: full(name), withDestinationPath: target)
    }

    func fifo(_ name: String) throws { try check(unsafe mkfifo(full(name), 0o600), name) }

    func remove(_ name: String) throws {
        try FileManager.default.removeItem(atPath: full(name))
        written.withLock { $0[Array(name.utf8)] = nil }
    }

    func setModified(_ name: String, nanoseconds: Int64) throws {
        let time = timespec(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
        try check(unsafe utimensat(AT_FDCWD, full(name), [time, time], 0), name)
    }

    // MARK: What others have written

    /// Every regular file below a directory, hidden ones too.
    func files(below name: String) -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for path in (try? FileManager.default.subpathsOfDirectory(atPath: full(name))) ?? [] {
            guard let status = try? status("\(name)/\(path)"), status.st_mode & S_IFMT == S_IFREG else { continue }
            files[path] = FileManager.default.contents(atPath: full("\(name)/\(path)")).map(Array.init)
        }
        return files
    }

    func isDirectory(_ name: String) throws -> Bool { try status(name).st_mode & S_IFMT == S_IFDIR }

    /// In nanoseconds since 1970.
    func modified(_ name: String) throws -> Int64 {
        let time = try status(name).st_mtim
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// Zeros from its beginning on, as when a power loss takes pages that were never written.
    func zero(_ name: String, _ count: Int) throws {
        try write(Array(name.utf8), [UInt8](repeating: 0, count: count), 0)
    }

    func cut(_ name: String, to size: Int) throws { try check(unsafe truncate(full(name), size), name) }

    private func status(_ name: String) throws -> stat {
        var status = stat()
        try check(unsafe lstat(full(name), &status), name)
        return status
    }

    func full(_ name: String) -> String { "\(path)/\(name)" }

    private func write(_ name: [UInt8], _ bytes: [UInt8], _ flags: Int32) throws {
        let place = (Array(path.utf8) + [UInt8(ascii: "/")] + name + [0]).map { CChar(bitPattern: $0) }
        let label = String(decoding: name, as: UTF8.self)
        let descriptor = unsafe Glibc.open(place, O_WRONLY | O_CLOEXEC | flags, 0o600)
        try check(descriptor, label)
        defer { close(descriptor) }
        let count = unsafe Glibc.write(descriptor, bytes, bytes.count)
        try check(count == bytes.count ? 0 : -1, label)
    }

    private func check(_ result: Int32, _ name: String) throws {
        if result < 0 { throw Unexpected("\(name): errno \(errno)") }
    }
}

struct Unexpected: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
