import Glibc
import Model
import Testing

@testable import Files

/// Trees that are large in one way or another, in processes of their own where limits are set.
struct LargeTreeTests {
    /// Memory is measured where the tree is on disk: names and entries that are done with are gone.
    @Test func aFlatDirectoryStreamsInBoundedMemory() async {
        await #expect(processExitsWith: .success) {
            let tree = TestTree(inMemory: true)
            // A sanitizer takes minutes for the whole, and has memory of its own.
            let isSanitized = unsafe (getenv("TSAN_OPTIONS") ?? getenv("ASAN_OPTIONS")) != nil
            let count = isSanitized ? 10_000 : 100_000
            for number in 0..<count { tree.file("root/file-with-a-name-of-usual-length-\(number)") }
            let walker = TreeWalker(try tree.source())
            var seen = 0
            var most = 0
            while let batch = try walker.next(maximum: 500) {
                precondition(batch.count <= 500)
                seen += batch.count
                if seen == 500 || seen % 10_000 == 0 { most = max(most, residentBytes()) }
                if seen == 5_000 { most = residentBytes() }
            }
            precondition(seen == count, "\(seen)")
            precondition(isSanitized || residentBytes() - most < 4 << 20, "grew by \(residentBytes() - most)")
        }
    }

    @Test(arguments: PathResolution.allCases)
    func aDeepTreeNeedsFewDescriptors(_ resolution: PathResolution) async {
        await #expect(processExitsWith: .success) { [resolution] in
            let tree = TestTree()
            let levels = 512
            for level in 1...levels {
                let prefix = "root" + String(repeating: "/d", count: level)
                tree.directory(prefix)
                tree.file(prefix + "/f", [1])
            }
            let source = try tree.source("root", resolution)
            var limit = rlimit(rlim_cur: 64, rlim_max: 64)
            precondition(unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
            for symlinks in [JobSpec.Symlinks.skip, .follow] {
                let walker = TreeWalker(source, options: .init(symlinks: symlinks))
                let before = openDescriptors()
                var depths: Set<Int> = []
                while let batch = try walker.next(maximum: 10) {
                    precondition(openDescriptors() <= before + 2, "\(openDescriptors()) open")
                    for entry in batch {
                        guard case .file = entry.kind else { preconditionFailure("\(entry)") }
                        depths.insert(entry.path.count / 2)
                        _ = try FileReader(entry.path, in: source, symlinks: symlinks).readAll(limitInBytes: 1)
                    }
                }
                precondition(depths == Set(1...levels), "\(depths.count) of \(levels)")
                precondition(openDescriptors() == before)
            }
        }
    }

    /// More subdirectories' names than a level keeps: it is left and read on later.
    @Test(arguments: PathResolution.allCases)
    func aWideDirectoryIsReadInTurns(_ resolution: PathResolution) async {
        await #expect(processExitsWith: .success) { [resolution] in
            let tree = TestTree(inMemory: true)
            let name = String(repeating: "n", count: 240)
            let count = 2 * TreeWalk.mostPendingBytes / 240 + 100
            for number in 0..<count {
                tree.directory("root/\(name)\(number)")
                tree.file("root/\(name)\(number)/f")
            }
            let before = openDescriptors()
            let source = try tree.source("root", resolution)
            let walker = TreeWalker(source)
            var seen: Set<[UInt8]> = []
            var most = 0
            while let batch = try walker.next(maximum: 50) {
                for entry in batch { precondition(seen.insert(entry.path).inserted, "\(entry) comes twice") }
                most = max(most, openDescriptors() - before)
            }
            precondition(seen.count == count, "\(seen.count) of \(count)")
            precondition(most >= 2 && most <= 4, "\(most) open")
        }
    }

    @Test(arguments: PathResolution.allCases)
    func aPathThatIsTooLongIsAFailedEntryOfItsOwn(_ resolution: PathResolution) throws {
        let tree = TestTree()
        tree.file("root/short")
        // Made from within, since no call takes the whole path.
        var at = unsafe open(tree.root, O_RDONLY | O_DIRECTORY)
        let name = String(repeating: "n", count: 250)
        for _ in 0..<20 {
            #expect(unsafe mkdirat(at, name, 0o755) == 0)
            let next = unsafe openat(at, name, O_RDONLY | O_DIRECTORY)
            close(at)
            at = next
        }
        close(at)
        let entries = try TreeWalkerTests.walk(tree.source("root", resolution))
        let failed = try #require(entries.first { $0.path.count > 5 })
        guard case .failed(.nameTooLong, _) = failed.kind else {
            Issue.record("\(failed.kind)")
            return
        }
        #expect(failed.path.count == 251 * 17 - 1)
        #expect(entries.count == 2)
    }

    /// Nothing is lost when descriptors run out in the middle: the call throws, and goes on once there are some.
    @Test func waitsForDescriptors() async {
        await #expect(processExitsWith: .success) {
            let tree = TestTree()
            for number in 0..<20 {
                tree.directory("root/\(number)")
                tree.file("root/\(number)/f")
            }
            let walker = TreeWalker(try tree.source())
            var paths: Set<[UInt8]> = []
            var refusals = 0
            func take(_ batch: [ScannedEntry]) {
                for entry in batch {
                    guard case .file = entry.kind else { preconditionFailure("\(entry)") }
                    precondition(paths.insert(entry.path).inserted)
                }
            }
            var limit = rlimit(rlim_cur: 64, rlim_max: 64)
            precondition(unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
            while paths.count < 20 {
                var taken: [Int32] = []
                while case let next = dup(0), next >= 0 { taken.append(next) }
                do throws(FileError) {
                    // What the walker has closed itself it may open again.
                    take(try walker.next(maximum: 1) ?? [])
                } catch {
                    precondition(error.code == .descriptorsExhausted, "\(error)")
                    refusals += 1
                }
                for descriptor in taken { close(descriptor) }
                take(try walker.next(maximum: 1) ?? [])
            }
            precondition(paths.count == 20 && refusals >= 1, "\(paths.count) after \(refusals)")
        }
    }
}

/// The process's resident memory, from /proc/self/statm.
private func residentBytes() -> Int {
    let descriptor = unsafe open("/proc/self/statm", O_RDONLY)
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 256)
    let count = unsafe read(descriptor, &bytes, bytes.count)
    let fields = String(decoding: bytes.prefix(count), as: UTF8.self).split(separator: " ")
    return (Int(fields[1]) ?? 0) * Int(getpagesize())
}
