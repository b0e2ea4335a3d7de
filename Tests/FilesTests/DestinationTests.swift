import Glibc
import Model
import Testing

@testable import Files

struct DestinationTests {
    @Test(arguments: [
        ("name", "", "name"), ("a/name", "a", "name"), ("a/b/file..txt", "a/b", "file..txt"), ("...", "", "..."),
        (".hidden/x", ".hidden", "x"), ("a b/\n", "a b", "\n"),
    ])
    func takesAKeyApart(_ row: (key: String, folder: String, name: String)) throws {
        let path = try DestinationPath(Array(row.key.utf8))
        #expect(path.folder.text == row.folder)
        #expect(path.name.text == row.name)
    }

    @Test(arguments: [
        ("", FileErrorCode.invalidPath), ("a\0b", .invalidPath), ("/a", .notAllowed), ("a//b", .notAllowed),
        ("a/", .notAllowed), ("//", .notAllowed), (".", .notAllowed), ("..", .notAllowed), ("a/./b", .notAllowed),
        ("a/../b", .notAllowed), ("../a", .notAllowed), ("a/..", .notAllowed),
        (String(repeating: "n", count: 256), .nameTooLong), (String(repeating: "n", count: 256) + "/a", .nameTooLong),
        (String(repeating: "a/", count: 2048), .nameTooLong),
    ])
    func refusesWhatIsNoPathBelow(_ row: (key: String, code: FileErrorCode)) {
        #expect(fileError { _ = try DestinationPath(Array(row.key.utf8)) } == row.code)
    }

    @Test(arguments: PathResolution.allCases)
    func makesTheDestinationBeneathARootOnly(_ resolution: PathResolution) throws {
        let tree = TestTree()
        tree.directories("root/there")
        tree.directory("outside")
        tree.file("root/file")
        tree.link("root/in", to: tree.full("root/there"))
        tree.link("root/out", to: tree.full("outside"))
        tree.link("root/nowhere", to: tree.full("outside/new"))
        let roots = try tree.roots(resolution)
        for path in ["root", "root/there", "root/new/er/est", "root/in/new", "root/there/../other/x", "root/slash/"] {
            #expect(fileError { _ = try roots.openDestination(tree.full(path)) } == nil, "\(path)")
        }
        for path in ["root/new/er/est", "root/there/new", "root/other/x", "root/slash"] { #expect(tree.exists(path)) }
        let refused: [(String, FileErrorCode)] = [
            ("outside", .notAllowed), ("outside/new", .notAllowed), ("root/out", .notAllowed),
            ("root/out/new", .notAllowed), ("root/nowhere", .notAllowed), ("root/../outside/new", .notAllowed),
            ("new", .notAllowed), ("root/file", .notDirectory), ("root/file/x", .notDirectory),
        ]
        for (path, code) in refused {
            #expect(fileError { _ = try roots.openDestination(tree.full(path)) } == code, "\(path)")
        }
        #expect(!tree.exists("outside/new"))
        #expect(!tree.exists("new"))
    }

    @Test(arguments: PathResolution.allCases)
    func makesFoldersThroughNoLink(_ resolution: PathResolution) throws {
        let tree = TestTree()
        tree.directories("root/d/real")
        tree.directory("outside")
        tree.file("root/d/file")
        tree.link("root/d/inside", to: "real")
        tree.link("root/d/out", to: tree.full("outside"))
        tree.link("root/d/dangling", to: tree.full("outside/new"))
        let folder = try tree.roots(resolution).openDestination(tree.full("root/d"))
        for path in ["", "real", "real/a/b", "x/y/z"] {
            try folder.makeFolder(Array(path.utf8)).synchronize()
            #expect(tree.exists("root/d/" + path))
        }
        let refused: [(String, FileErrorCode)] = [
            ("inside", .notAllowed), ("inside/a", .notAllowed), ("out/a", .notAllowed), ("dangling", .notAllowed),
            ("dangling/a", .notAllowed), ("file", .notDirectory), ("file/a", .notDirectory), ("..", .notAllowed),
            ("a/../b", .notAllowed), ("/a", .notAllowed), ("a//b", .notAllowed),
        ]
        for (path, code) in refused {
            #expect(fileError { _ = try folder.makeFolder(Array(path.utf8)) } == code, "\(path)")
        }
        #expect(!tree.exists("outside/a") && !tree.exists("outside/new") && !tree.exists("root/d/real/a/a"))
        try folder.synchronizeFileSystem()
    }

    @Test func tellsWhatIsThere() throws {
        let tree = TestTree()
        tree.directories("root/d")
        tree.file("root/f", [1, 2])
        tree.link("root/l", to: "f")
        let folder = try tree.roots().openDestination(tree.root)
        #expect(try folder.fileIdentity(Array("f".utf8))?.size == 2)
        #expect(try folder.fileIdentity(Array("nothing".utf8)) == nil)
        #expect(fileError { _ = try folder.fileIdentity(Array("d".utf8)) } == .notRegular)
        #expect(fileError { _ = try folder.fileIdentity(Array("l".utf8)) } == .notAllowed)
    }
}
