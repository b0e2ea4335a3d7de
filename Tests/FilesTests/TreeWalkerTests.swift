import Glibc
import Model
import Testing

@testable import Files

struct TreeWalkerTests {
    /// All entries of a walk, by path; every batch is within its bound.
    static func walk(
        _ source: Files.SourceLocation, _ options: TreeWalker.Options = .init(), paths: [[UInt8]]? = nil, batch: Int = 3
    ) throws -> [ScannedEntry] {
        let walker = TreeWalker(source, options: options, paths: paths)
        var entries: [ScannedEntry] = []
        var isAtEnd = false
        while let next = try walker.next(maximum: batch) {
            #expect(next.count <= batch && !isAtEnd)
            entries += next
            isAtEnd = walker.isAtEnd
        }
        #expect(try walker.isAtEnd && walker.next(maximum: batch) == nil)
        return entries
    }

    static func summary(_ entries: [ScannedEntry]) -> Set<String> {
        Set(
            entries.map { entry in
                switch entry.kind {
                case .file(let size, _): "\(entry.path.text) \(size)"
                case .emptyDirectory: "\(entry.path.text)/"
                case .skipped(let reason): "\(entry.path.text) skipped \(reason.rawValue)"
                case .failed(let code, _): "\(entry.path.text) failed \(code)"
                }
            })
    }

    private static func world() -> TestTree {
        let tree = TestTree()
        tree.directories("root/src/a/b/c")
        tree.directories("root/src/empty/deep")
        tree.directories("root/beside")
        tree.directory("outside")
        tree.file("outside/secret", [1])
        tree.file("root/beside/near", [1, 2])
        tree.file("root/src/top", [1, 2, 3])
        tree.file("root/src/a/one", [1])
        tree.file("root/src/a/b/c/deep", [1, 2, 3, 4])
        tree.fifo("root/src/fifo")
        tree.socket("root/src/socket")
        tree.link("root/src/to-file", to: "a/one")
        tree.link("root/src/to-directory", to: tree.full("root/beside"))
        tree.link("root/src/to-near", to: "../beside/near")
        tree.link("root/src/to-out", to: tree.full("outside"))
        tree.link("root/src/to-secret", to: "../../outside/secret")
        tree.link("root/src/a/up", to: "..")
        tree.link("root/src/self", to: "self")
        tree.link("root/src/dangling", to: "nothing")
        tree.link("root/src/to-fifo", to: "fifo")
        return tree
    }

    private static let always: Set = ["top 3", "a/one 1", "a/b/c/deep 4", "fifo skipped fifo", "socket skipped socket"]

    @Test(arguments: PathResolution.allCases)
    func skipsLinksAndSpecialFiles(_ resolution: PathResolution) throws {
        let tree = Self.world()
        let links = [
            "to-file", "to-directory", "to-near", "to-out", "to-secret", "a/up", "self", "dangling", "to-fifo",
        ]
        let entries = try Self.walk(tree.source("root/src", resolution))
        #expect(Self.summary(entries) == Self.always.union(links.map { "\($0) skipped symlink" }))
        #expect(entries.count == Set(entries.map(\.path)).count)
    }

    @Test(arguments: PathResolution.allCases)
    func followsLinksBeneathTheRoot(_ resolution: PathResolution) throws {
        let tree = Self.world()
        let options = TreeWalker.Options(symlinks: .follow, emptyDirectories: .marker)
        let entries = try Self.walk(tree.source("root/src", resolution), options)
        #expect(
            Self.summary(entries)
                == Self.always.union([
                    "to-file 1", "to-directory/near 2", "to-near 2", "to-out failed notAllowed",
                    "to-secret failed notAllowed", "a/up skipped link_loop", "self failed tooManyLinks",
                    "dangling failed notFound", "to-fifo skipped fifo", "empty/deep/",
                ]))
    }

    @Test(arguments: PathResolution.allCases)
    func aLoopThroughTheSourceItselfEnds(_ resolution: PathResolution) throws {
        let tree = TestTree()
        tree.directories("root/src")
        tree.file("root/src/file", [1])
        tree.link("root/src/parent", to: tree.root)
        let entries = try Self.walk(tree.source("root/src", resolution), .init(symlinks: .follow))
        #expect(Self.summary(entries) == ["file 1", "parent/src skipped link_loop"])
    }

    @Test func marksEmptyDirectoriesOnlyWhenAsked() throws {
        let tree = TestTree()
        tree.directories("root/full/empty")
        tree.directories("root/hidden")
        tree.file("root/hidden/x.tmp")
        let filter: @Sendable ([UInt8], Bool) -> Bool = { path, _ in !path.text.hasSuffix(".tmp") }
        let source = try tree.source()
        let marked = try Self.walk(source, .init(emptyDirectories: .marker, filter: filter))
        #expect(Self.summary(marked) == ["full/empty/"])
        #expect(try Self.walk(source, .init(filter: filter)).isEmpty)
        tree.remove("root/full/empty")
        tree.remove("root/full")
        tree.remove("root/hidden/x.tmp")
        tree.remove("root/hidden")
        #expect(try Self.walk(source, .init(emptyDirectories: .marker)).isEmpty)
    }

    @Test func filtersWhileWalkingAndNeverEntersWhatIsExcluded() throws {
        let tree = TestTree()
        tree.directories("root/out/deep/er")
        tree.directories("root/in")
        tree.file("root/out/deep/er/file")
        tree.file("root/in/keep.txt")
        tree.file("root/in/drop.log")
        tree.link("root/in/link.log", to: "keep.txt")
        tree.fifo("root/in/fifo.log")
        let asked = Asked()
        let options = TreeWalker.Options(filter: { path, isDirectory in
            asked.note(path.text, isDirectory)
            return isDirectory ? path.text != "out" : path.text.hasSuffix(".txt")
        })
        #expect(Self.summary(try Self.walk(tree.source(), options)) == ["in/keep.txt 0"])
        #expect(
            asked.all == [
                "out true", "in true", "in/keep.txt false", "in/drop.log false", "in/link.log false",
                "in/fifo.log false",
            ])
    }

    @Test func anExcludedFloodComesInEmptyBatches() throws {
        let tree = TestTree()
        for number in 0..<10_000 { tree.file("root/\(number)") }
        let walker = TreeWalker(try tree.source(), options: .init(filter: { _, isDirectory in isDirectory }))
        var batches = 0
        while let batch = try walker.next(maximum: 10) {
            #expect(batch.isEmpty)
            batches += 1
        }
        #expect(batches >= 2)
    }

    @Test(arguments: PathResolution.allCases)
    func namesAreTheirBytes(_ resolution: PathResolution) throws {
        let tree = TestTree()
        let names: [[UInt8]] =
            [
                "a b", "p+q", "100%", "hash#", "what?", "a&b", "new\nline", "\u{1F680}", "e\u{301}", "\u{E9}",
                "back\u{8}space",
                "file..txt", "...", " ", "-", "*", "quote'\"", "back\\slash", String(repeating: "n", count: 255),
            ].map { Array($0.utf8) } + [[0xFF, 0xFE], [0x61, 0xC3], [0x80]]
        for name in names { tree.file(Array("root/".utf8) + name, [9]) }
        let source = try tree.source("root", resolution)
        let entries = try Self.walk(source)
        #expect(Set(entries.map(\.path)) == Set(names))
        for entry in entries {
            #expect(try FileReader(entry.path, in: source, symlinks: .skip).readAll(limitInBytes: 10) == [9])
            #expect(try FileReader(entry.path, in: source, symlinks: .follow).readAll(limitInBytes: 10) == [9])
        }
        #expect(try Self.walk(source, paths: names).count == names.count)
    }

    @Test func tellsSizesAndTimesInNanoseconds() throws {
        let tree = TestTree()
        tree.file("root/file", [1, 2, 3, 4, 5])
        tree.setModified("root/file", 1_234_567_890_123_456_789)
        tree.link("root/link", to: "file")
        let kind = ScannedEntry.Kind.file(size: 5, modified: 1_234_567_890_123_456_789)
        #expect(try Self.walk(tree.source(), .init(symlinks: .follow)).map(\.kind) == [kind, kind])
    }

    @Test(arguments: PathResolution.allCases)
    func aSingleFileIsItsLastSegment(_ resolution: PathResolution) throws {
        let tree = TestTree()
        tree.directories("root/a")
        tree.file("root/a/file", [1, 2])
        tree.link("root/link", to: "a/file")
        #expect(Self.summary(try Self.walk(tree.source("root/a/file", resolution))) == ["file 2"])
        #expect(Self.summary(try Self.walk(tree.source("root/link", resolution))) == ["link 2"])
        let none = TreeWalker.Options(filter: { _, _ in false })
        #expect(try Self.walk(tree.source("root/a/file", resolution), none).isEmpty)
        let source = try tree.source("root/a/file", resolution)
        tree.remove("root/a/file")
        #expect(Self.summary(try Self.walk(source)) == ["file failed notFound"])
    }

    /// `filter` is asked just before a name is looked at: what happens there happens between listing and looking.
    @Test(arguments: PathResolution.allCases)
    func whatVanishesMeanwhileIsAFailedEntry(_ resolution: PathResolution) throws {
        let tree = TestTree()
        tree.directories("root/src/directory")
        tree.directories("root/src/swapped")
        tree.file("root/src/file")
        tree.file("root/src/stays", [1])
        tree.directory("outside")
        tree.file("outside/secret")
        let options = TreeWalker.Options(filter: { path, isDirectory in
            switch path.text {
            case "file": tree.remove("root/src/file")
            case "directory": tree.remove("root/src/directory")
            case "swapped":
                tree.remove("root/src/swapped")
                tree.link("root/src/swapped", to: tree.full("outside"))
            default: break
            }
            return true
        })
        let entries = try Self.walk(tree.source("root/src", resolution), options)
        #expect(
            Self.summary(entries) == [
                "stays 1", "file failed vanished", "directory failed vanished", "swapped skipped symlink",
            ])
    }

    @Test(arguments: PathResolution.allCases)
    func whatMayNotBeReadIsAFailedEntry(_ resolution: PathResolution) async {
        await #expect(processExitsWith: .success) { [resolution] in
            let tree = TestTree()
            tree.directories("root/closed/x")
            tree.directories("root/blind")
            tree.file("root/blind/file")
            tree.file("root/open", [1])
            tree.mode("root/closed", 0o700)
            tree.mode("root/blind", 0o744)
            tree.mode("", 0o755)
            let source = try tree.source("root", resolution)
            let found = TreeWalkerTests.summary(try asNobody { try TreeWalkerTests.walk(source) })
            precondition(found == ["open 1", "closed failed unreadable", "blind/file failed unreadable"], "\(found)")
        }
    }

    @Test func aSourceThatCannotBeListedFails() async {
        await #expect(processExitsWith: .success) {
            let tree = TestTree()
            tree.directory("root/closed")
            tree.mode("", 0o755)
            tree.mode("root/closed", 0o700)
            let roots = try tree.roots()
            let code = fileError { try asNobody { _ = try roots.openSource(tree.full("root/closed")) } }
            precondition(code == .unreadable, "\(String(describing: code))")
        }
    }
}
