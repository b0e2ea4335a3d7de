import Glibc
import Model
import Testing

@testable import Files

struct TemporaryFileTests {
    private static let hidden = "root/.longshore-t1.part"

    private static func begun(_ tree: TestTree, _ bytes: [UInt8] = [7, 8]) throws -> (DestinationFolder, TemporaryFile)
    {
        let folder = try tree.roots().openDestination(tree.root)
        let file = try folder.createTemporary(token: "t1")
        #expect(unsafe pwrite(file.descriptor, bytes, bytes.count, 0) == bytes.count)
        return (folder, file)
    }

    @Test func theTargetIsOldThenNewAndNeverElse() throws {
        let tree = TestTree()
        tree.file("root/target", [1])
        let (folder, file) = try Self.begun(tree)
        #expect(tree.contents("root/target") == [1])
        #expect(tree.exists(Self.hidden))
        try file.setModified(1_234_567_890_123_456_789)
        try file.synchronize()
        try file.publish(as: Array("target".utf8))
        try folder.synchronize()
        #expect(tree.contents("root/target") == [7, 8])
        #expect(try folder.fileIdentity(Array("target".utf8))?.modified == 1_234_567_890_123_456_789)
        #expect(!tree.exists(Self.hidden))
        try file.abandon()
        #expect(tree.exists("root/target"))
    }

    @Test func preallocatesTheSize() throws {
        let tree = TestTree()
        let (folder, file) = try Self.begun(tree, [])
        try file.preallocate(sizeInBytes: 1 << 20)
        #expect(try folder.fileIdentity(Array(".longshore-t1.part".utf8))?.size == 1 << 20)
        try file.preallocate(sizeInBytes: 0)
        #expect(try folder.fileIdentity(Array(".longshore-t1.part".utf8))?.size == 0)
        let code = fileError { try file.preallocate(sizeInBytes: 1 << 60) }
        #expect(code == .diskFull)
    }

    @Test func anEndThatIsNoPublishLeavesNothing() throws {
        let tree = TestTree()
        var held: (DestinationFolder, TemporaryFile)? = try Self.begun(tree)
        try held?.1.abandon()
        try held?.1.abandon()
        #expect(!tree.exists(Self.hidden))
        held = nil
        held = try Self.begun(tree)
        #expect(tree.exists(Self.hidden))
        held = nil
        #expect(!tree.exists(Self.hidden))
    }

    @Test func aKeptFileIsFoundAgain() throws {
        let tree = TestTree()
        let folder = try {
            let (folder, file) = try Self.begun(tree)
            file.keep()
            return folder
        }()
        #expect(tree.exists(Self.hidden))
        #expect(fileError { _ = try folder.createTemporary(token: "t1") } == .exists)
        let again = try folder.openTemporary(token: "t1")
        var bytes: [UInt8] = [0, 0]
        #expect(unsafe pread(again.descriptor, &bytes, 2, 0) == 2)
        #expect(bytes == [7, 8])
        again.keep()
        try folder.removeTemporary(token: "t1")
        try folder.removeTemporary(token: "t1")
        #expect(fileError { _ = try folder.openTemporary(token: "t1") } == .notFound)
    }

    @Test func publishRefusesWhatItMayNotReplace() throws {
        let tree = TestTree()
        tree.directories("root/directory")
        tree.file("root/there", [1])
        tree.directory("outside")
        tree.file("outside/secret", [2])
        tree.link("root/link", to: tree.full("outside/secret"))
        let (_, file) = try Self.begun(tree)
        #expect(fileError { try file.publish(as: Array("directory".utf8)) } == .exists)
        #expect(fileError { try file.publish(as: Array("there".utf8), replaces: false) } == .exists)
        #expect(fileError { try file.publish(as: Array("../outside/new".utf8)) } == .notAllowed)
        #expect(fileError { try file.publish(as: Array(String(repeating: "n", count: 256).utf8)) } == .nameTooLong)
        #expect(tree.contents("root/there") == [1])
        try file.publish(as: Array("link".utf8))
        #expect(tree.contents("root/link") == [7, 8])
        #expect(tree.contents("outside/secret") == [2])
    }

    @Test func aPlantedLinkIsNotWrittenThrough() throws {
        let tree = TestTree()
        tree.directory("outside")
        tree.file("outside/secret", [2])
        tree.link(Self.hidden, to: tree.full("outside/secret"))
        let folder = try tree.roots().openDestination(tree.root)
        #expect(fileError { _ = try folder.createTemporary(token: "t1") } == .exists)
        #expect(fileError { _ = try folder.openTemporary(token: "t1") } == .tooManyLinks)
        #expect(tree.contents("outside/secret") == [2])
    }

    @Test func staysInItsFolderWhenThatIsMoved() throws {
        let tree = TestTree()
        tree.directories("root/sub")
        tree.directory("outside")
        let folder = try tree.roots().openDestination(tree.full("root/sub"))
        let file = try folder.createTemporary(token: "t1")
        tree.move("root/sub", to: "root/moved")
        tree.link("root/sub", to: tree.full("outside"))
        try file.publish(as: Array("target".utf8))
        #expect(tree.exists("root/moved/target"))
        #expect(!tree.exists("outside/target"))
    }
}
