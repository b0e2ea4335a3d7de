import Glibc
import Model
import Testing

@testable import Files

struct ListedPathsTests {
    private static func world() -> TestTree {
        let tree = TestTree()
        tree.directories("root/src/a/b")
        tree.directories("root/beside")
        tree.directory("outside")
        tree.file("outside/secret", [1])
        tree.file("root/beside/near", [1, 2])
        tree.file("root/src/a/b/file", [1, 2, 3])
        tree.file("root/src/file..txt", [1])
        tree.fifo("root/src/fifo")
        tree.link("root/src/link", to: "a/b/file")
        tree.link("root/src/in", to: "a")
        tree.link("root/src/absolute", to: tree.full("root/beside/near"))
        tree.link("root/src/out", to: tree.full("outside"))
        tree.link("root/src/dangling", to: "nothing")
        return tree
    }

    private static func kind(
        _ tree: TestTree, _ path: [UInt8], _ symlinks: JobSpec.Symlinks, _ resolution: PathResolution
    ) throws -> ScannedEntry {
        let source = try tree.source("root/src", resolution)
        let entries = try TreeWalkerTests.walk(source, .init(symlinks: symlinks), paths: [path])
        #expect(entries.count == 1)
        return try #require(entries.first)
    }

    @Test(
        arguments: PathResolution.allCases,
        [
            ("a/b/file", "a/b/file"), ("./a//b/./file", "a/b/file"), ("file..txt", "file..txt"),
        ])
    func tellsFilesInTheirPlainForm(_ resolution: PathResolution, _ row: (path: String, told: String)) throws {
        let tree = Self.world()
        let entry = try Self.kind(tree, Array(row.path.utf8), .skip, resolution)
        #expect(entry.path.text == row.told)
        guard case .file(let size, let modified) = entry.kind else {
            Issue.record("\(entry)")
            return
        }
        #expect(size == (row.told == "a/b/file" ? 3 : 1))
        #expect(modified > 1_600_000_000_000_000_000)
    }

    @Test(
        arguments: PathResolution.allCases,
        [
            ("nothing", FileErrorCode.notFound, FileErrorCode.notFound), ("a/nothing", .notFound, .notFound),
            ("a/b/file/x", .notDirectory, .notDirectory), ("a/b", .notRegular, .notRegular),
            ("", .invalidPath, .invalidPath),
            (".", .invalidPath, .invalidPath), ("a\0b", .invalidPath, .invalidPath), ("..", .notAllowed, .notAllowed),
            ("../beside/near", .notAllowed, .notAllowed), ("a/../file..txt", .notAllowed, .notAllowed),
            ("/etc/passwd", .notAllowed, .notAllowed), ("out/secret", .notAllowed, .notAllowed),
            (String(repeating: "n", count: 256), .nameTooLong, .nameTooLong),
            (String(repeating: "a/", count: 2048) + "a", .nameTooLong, .nameTooLong),
        ])
    func theRestFails(_ resolution: PathResolution, _ row: (path: String, skip: FileErrorCode, follow: FileErrorCode))
        throws
    {
        let tree = Self.world()
        for (symlinks, code) in [(JobSpec.Symlinks.skip, row.skip), (.follow, row.follow)] {
            let entry = try Self.kind(tree, Array(row.path.utf8), symlinks, resolution)
            guard case .failed(let found, let message) = entry.kind else {
                Issue.record("\(entry)")
                continue
            }
            #expect(found == code)
            #expect(!message.isEmpty)
            #expect(entry.path == Array(row.path.utf8))
        }
    }

    @Test(arguments: PathResolution.allCases)
    func linksAreSkippedOrFollowed(_ resolution: PathResolution) throws {
        let tree = Self.world()
        func kind(_ path: String, _ symlinks: JobSpec.Symlinks) throws -> String {
            switch try Self.kind(tree, Array(path.utf8), symlinks, resolution).kind {
            case .file(let size, _): "\(size)"
            case .emptyDirectory: "empty"
            case .skipped(let reason): reason.rawValue
            case .failed(let code, _): "\(code)"
            }
        }
        #expect(try kind("fifo", .skip) == "fifo")
        #expect(try kind("link", .skip) == "symlink")
        #expect(try kind("link", .follow) == "3")
        #expect(try kind("in/b/file", .skip) == "notAllowed")
        #expect(try kind("in/b/file", .follow) == "3")
        #expect(try kind("absolute", .follow) == "2")
        #expect(try kind("out", .skip) == "symlink")
        #expect(try kind("out", .follow) == "notAllowed")
        #expect(try kind("dangling", .skip) == "symlink")
        #expect(try kind("dangling", .follow) == "notFound")
    }

    @Test func eachPathIsToldOnceAndFiltered() throws {
        let tree = Self.world()
        let paths = ["a/b/file", "./a/b/file", "file..txt", "a//b/file", "file..txt"].map { Array($0.utf8) }
        let source = try tree.source("root/src")
        #expect(try TreeWalkerTests.walk(source, paths: paths).map(\.path.text) == ["a/b/file", "file..txt"])
        let pruned = TreeWalker.Options(filter: { path, isDirectory in !(isDirectory && path.text == "a") })
        #expect(try TreeWalkerTests.walk(source, pruned, paths: paths).map(\.path.text) == ["file..txt"])
        #expect(try TreeWalkerTests.walk(source, paths: []).isEmpty)
    }

    @Test func aHundredThousandPathsComeInBatches() throws {
        let tree = TestTree()
        for number in 0..<100 { tree.file("root/\(number)", [1]) }
        let paths = (0..<100_000).map { Array("\($0)".utf8) }
        let entries = try TreeWalkerTests.walk(tree.source(), paths: paths, batch: 1000)
        #expect(entries.count == 100_000)
        #expect(entries.count(where: { if case .file = $0.kind { true } else { false } }) == 100)
    }
}
