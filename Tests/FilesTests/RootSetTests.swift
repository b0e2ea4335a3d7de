import Glibc
import Model
import Testing

@testable import Files

struct RootSetTests {
    /// A root with links of every kind, beside things that are not allowed.
    private static func world() -> TestTree {
        let tree = TestTree()
        tree.directories("root/a/b")
        tree.file("root/a/b/file", [1])
        tree.file("root/file..txt", [2])
        tree.directory("outside")
        tree.file("outside/secret", [3])
        tree.directory("root-sibling")
        tree.file("root-sibling/secret", [4])
        tree.link("root/relative", to: "a/b/file")
        tree.link("root/a/up", to: "../a/b")
        tree.link("root/absolute", to: tree.root + "/a/b")
        tree.link("root/absolute2", to: tree.root + "/absolute/file")
        tree.link("root/out", to: tree.path + "/outside")
        tree.link("root/out-relative", to: "../outside/secret")
        tree.link("root/out-twice", to: "out/secret")
        tree.link("root/leaves-and-returns", to: "../root/a")
        tree.link("root/self", to: "self")
        tree.link("root/loop", to: tree.root + "/loop")
        tree.link("root/dangling", to: "nothing")
        tree.link("alias", to: "root")
        tree.link("outside/back", to: tree.root + "/a")
        tree.fifo("root/fifo")
        return tree
    }

    @Test(
        arguments: PathResolution.allCases,
        [
            ("root", "root", 0), ("root/", "root", 0), ("root/.", "root", 0), ("root/a/..", "root", 0),
            ("root/a/b/file", "root/a/b/file", 1), ("root//a/./b//file", "root/a/b/file", 1),
            ("root/a/../a/b/file", "root/a/b/file", 1), ("root/file..txt", "root/file..txt", 1),
            ("root/a/b/", "root/a/b", 0), ("root/relative", "root/a/b/file", 1), ("root/a/up/file", "root/a/b/file", 1),
            ("root/absolute/file", "root/a/b/file", 1), ("root/absolute/../b/file", "root/a/b/file", 1),
            ("root/absolute2", "root/a/b/file", 1), ("root/absolute/", "root/a/b", 0),
            ("root/out/back/b/file", "root/a/b/file", 1),
            ("alias/a/b/file", "root/a/b/file", 1), ("outside/back/b", "root/a/b", 0),
            ("outside/../root/a/b/file", "root/a/b/file", 1),
        ])
    func opensWhatStaysInside(_ resolution: PathResolution, _ row: (path: String, same: String, isFile: Int)) throws {
        let tree = Self.world()
        let roots = try tree.roots(resolution)
        let source = try roots.openSource(tree.full(row.path))
        let same = try RootSet([tree.path]).openSource(tree.full(row.same))
        #expect(source.identity == same.identity)
        #expect((source.kind == .file) == (row.isFile == 1))
    }

    @Test(
        arguments: PathResolution.allCases,
        [
            ("outside/secret", FileErrorCode.notAllowed), ("outside/nothing", .notAllowed),
            ("root-sibling/secret", .notAllowed),
            ("root/../outside/secret", .notAllowed), ("root/../nothing", .notAllowed),
            ("root/a/../../outside/secret", .notAllowed),
            ("root/..", .notAllowed), ("root/../root/a", .notAllowed), ("root/out", .notAllowed),
            ("root/out/secret", .notAllowed),
            ("root/out/nothing", .notAllowed), ("root/out-relative", .notAllowed), ("root/out-twice", .notAllowed),
            ("root/leaves-and-returns/b", .notAllowed), ("", .notAllowed), ("nothing", .notAllowed),
            ("root/nothing", .notFound), ("root/nothing/a", .notFound), ("root/dangling", .notFound),
            ("root/a/b/file/", .notDirectory), ("root/a/b/file/x", .notDirectory), ("root/relative/", .notDirectory),
            ("root/self", .tooManyLinks), ("root/loop", .tooManyLinks), ("root/fifo", .notRegular),
            ("root/" + String(repeating: "n", count: 256), .nameTooLong), ("root/a\0b", .invalidPath),
        ])
    func refusesTheRest(_ resolution: PathResolution, _ row: (path: String, code: FileErrorCode)) throws {
        let tree = Self.world()
        let roots = try tree.roots(resolution)
        #expect(fileError { _ = try roots.openSource(tree.full(row.path)) } == row.code)
    }

    @Test(arguments: PathResolution.allCases, ["/etc/passwd", "/", "/proc/self/root/etc", "relative", "", "../up"])
    func refusesForeignPaths(_ resolution: PathResolution, _ path: String) throws {
        let tree = Self.world()
        let expected: FileErrorCode = path.hasPrefix("/") ? .notAllowed : .invalidPath
        #expect(fileError { _ = try tree.roots(resolution).openSource(path) } == expected)
    }

    @Test(arguments: PathResolution.allCases)
    func tellsTheErrno(_ resolution: PathResolution) throws {
        let tree = Self.world()
        let roots = try tree.roots(resolution)
        #expect(throws: FileError(.notAllowed, operation: "the path is not beneath an allowed root", errno: EXDEV)) {
            try roots.openSource(tree.full("outside/secret"))
        }
        do {
            _ = try roots.openSource(tree.full("root/nothing"))
            Issue.record("it was opened")
        } catch {
            #expect(error.errno == ENOENT)
            #expect(error.message.hasSuffix("No such file or directory"))
        }
    }

    @Test(arguments: PathResolution.allCases)
    func followsFortyAbsoluteLinks(_ resolution: PathResolution) throws {
        let tree = TestTree()
        tree.file("root/l0", [7])
        for number in 1...41 { tree.link("root/l\(number)", to: tree.root + "/l\(number - 1)") }
        let roots = try tree.roots(resolution)
        #expect(try roots.openSource(tree.full("root/l40")).identity == roots.openSource(tree.full("root/l0")).identity)
        #expect(fileError { _ = try roots.openSource(tree.full("root/l41")) } == .tooManyLinks)
    }

    @Test(arguments: PathResolution.allCases)
    func takesSeveralRoots(_ resolution: PathResolution) throws {
        let tree = TestTree()
        tree.directories("root/inner")
        tree.directories("other/x")
        tree.file("other/x/file")
        tree.file("root/inner/file")
        tree.link("root/across", to: tree.full("other/x/file"))
        tree.link("root/inner/up", to: "../inner/file")
        let roots = try RootSet(
            [tree.full("root"), tree.full("other"), tree.full("root/inner")], resolution: resolution)
        for path in ["root/across", "other/x", "root/inner/file", "root/inner/up"] {
            #expect(fileError { _ = try roots.openSource(tree.full(path)) } == nil, "\(path)")
        }
        let one = try RootSet([tree.full("root/inner")], resolution: resolution)
        #expect(fileError { _ = try one.openSource(tree.full("root/across")) } == .notAllowed)
        // A link that leaves its root for a moment is refused, as the kernel refuses it.
        #expect(fileError { _ = try one.openSource(tree.full("root/inner/up")) } == .notAllowed)
        #expect(fileError { _ = try RootSet([], resolution: resolution).openSource(tree.root) } == .notAllowed)
    }

    @Test(arguments: PathResolution.allCases)
    func theRootOfTheSystemMayBeARoot(_ resolution: PathResolution) throws {
        let tree = Self.world()
        let roots = try RootSet(["/"], resolution: resolution)
        for path in ["outside/secret", "root/out/secret", "root/absolute/file"] {
            #expect(try roots.openSource(tree.full(path)).kind == .file)
        }
    }

    @Test func refusesARootThatIsNoDirectory() {
        let tree = TestTree()
        tree.file("file")
        #expect(fileError { _ = try RootSet([tree.full("file")]) } == .notDirectory)
        #expect(fileError { _ = try RootSet([tree.full("nothing")]) } == .notFound)
    }

    @Test(arguments: PathResolution.allCases)
    func aRootThatWasReplacedIsNotTheRoot(_ resolution: PathResolution) throws {
        let tree = Self.world()
        let roots = try tree.roots(resolution)
        tree.move("root", to: "moved")
        tree.link("root", to: "outside")
        #expect(fileError { _ = try roots.openSource(tree.full("root/secret")) } == .notAllowed)
        #expect(try roots.openSource(tree.full("moved/a/b/file")).kind == .file)
    }

    /// The two orders: the link is there when the path is resolved, or comes after the source was opened.
    @Test(arguments: PathResolution.allCases)
    func aPlantedLinkLeadsNowhere(_ resolution: PathResolution) throws {
        let tree = TestTree()
        tree.directories("root/source/sub")
        tree.file("root/source/sub/secret", [1])
        tree.directory("outside")
        tree.file("outside/secret", [2])
        let source = try tree.source("root/source", resolution)
        tree.move("root/source/sub", to: "root/source/was")
        tree.link("root/source/sub", to: tree.full("outside"))
        let path = Array("sub/secret".utf8)
        #expect(fileError { _ = try FileReader(path, in: source, symlinks: .skip) } == .notRegular)
        #expect(fileError { _ = try FileReader(path, in: source, symlinks: .follow) } == .notAllowed)
        tree.move("root/source", to: "root/old")
        tree.link("root/source", to: tree.full("outside"))
        #expect(try FileReader(Array("was/secret".utf8), in: source, symlinks: .skip).readAll(limitInBytes: 9) == [1])
        #expect(fileError { _ = try FileReader(Array("secret".utf8), in: source, symlinks: .follow) } == .notAllowed)
    }

    @Test(arguments: PathResolution.allCases)
    func leavesNoDescriptorOpen(_ resolution: PathResolution) async {
        await #expect(processExitsWith: .success) { [resolution] in
            let tree = RootSetTests.world()
            _ = try tree.roots(resolution).openSource(tree.full("root/absolute2"))
            let before = openDescriptors()
            for _ in 0..<50 {
                for path in ["root/absolute2", "root/out", "root/loop", "root/fifo", "root/a/..", "root/nothing"] {
                    _ = try? tree.roots(resolution).openSource(tree.full(path))
                }
            }
            // The testing library opens some of its own meanwhile; one left by each round would be fifty.
            precondition(openDescriptors() < before + 25, "\(before) became \(openDescriptors())")
        }
    }
}
