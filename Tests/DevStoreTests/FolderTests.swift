import CurlTransport
import DevStore
import Foundation
import Glibc
import Testing

/// What is kept in the folder, and what a restart finds there.
@Suite(.timeLimit(.minutes(2)))
struct FolderTests {
    private static let large = [UInt8](repeating: 3, count: 1 << 20)

    @Test func aRestartFindsEverythingAndSweepsTheRest() async throws {
        let first = try TestWorld(configure: { $0.limits.partInBytes = 1 << 20 })
        try await first.call(.put, "small", headers: [("x-amz-meta-a", "1")], body: [1, 2, 3])
        try await first.call(.put, "large", body: Self.large)
        try await first.call(.put, "gone", body: Self.large)
        try await first.call(.delete, "gone")
        let upload = try await first.createUpload("open")
        let etag = try await first.sendPart(1, Self.large, of: "open", upload: upload)
        await first.close(keepingFolder: true)
        // A crash leaves a torn line, and files that no line refers to.
        let journal = first.folder.appending(path: "journal")
        let handle = try FileHandle(forWritingTo: journal)
        try handle.seekToEnd()
        try handle.write(contentsOf: Data("{\"putObject\":{\"buck".utf8))
        try handle.close()
        let leftover = first.folder.appending(path: "data/ff/00000000000000ff")
        try Data([1]).write(to: leftover)

        let second = try TestWorld(folder: first.folder, configure: { $0.limits.partInBytes = 1 << 20 })
        let small = try await second.call(.get, "small")
        #expect(small.body == [1, 2, 3] && small.headers["x-amz-meta-a"] == "1")
        #expect(try await second.call(.get, "large").body == Self.large)
        #expect(try await second.call(.get, "gone").status == 404)
        let next = try await second.sendPart(2, [9], of: "open", upload: upload)
        #expect(try await second.complete("open", upload: upload, [(1, etag), (2, next)]).status == 200)
        #expect(try await second.call(.get, "open").body == Self.large + [9])
        #expect(!FileManager.default.fileExists(atPath: leftover.path))
        await second.close()
    }

    @Test func oneFolderHasOneStore() async throws {
        try await withWorld { world in
            let failure = #expect(throws: DevStoreError.self) {
                _ = try DevStore(configuration: DevStoreConfiguration(keeping: .folder(world.folder.path)))
            }
            #expect(failure?.code == .folder)
        }
    }

    @Test func overwritingRemovesTheOldBytes() async throws {
        try await withWorld { world in
            for _ in 0..<3 { try await world.call(.put, "a", body: Self.large) }
            #expect(world.dataFiles.count == 1)
        }
    }

    @Test func keepsNoBytesWhenItDiscards() async throws {
        try await withWorld(keepsBytes: false) { world in
            try await world.call(.put, "a", body: Self.large)
            let reply = try await world.call(.get, "a", headers: [("range", "bytes=100-300099")])
            #expect(reply.body == [UInt8](repeating: 0, count: 300_000))
            #expect(!FileManager.default.fileExists(atPath: world.folder.path))
        }
    }

    @Test func keysThatLookAlikeAreNotTheSame() async throws {
        try await withWorld { world in
            let keys = ["é", "e\u{301}", "a//b", "a/b", "a/", "a", "..", "../a", "new\nline", "%41", "A"]
            for (index, key) in keys.enumerated() { try await world.call(.put, key, body: [UInt8(index)]) }
            for (index, key) in keys.enumerated() {
                #expect(try await world.call(.get, key).body == [UInt8(index)], "\(key)")
            }
            let list = try await world.call(.get, query: [("list-type", "2"), ("encoding-type", "url")])
            #expect(list.element("KeyCount") == "\(keys.count)")
            #expect(list.text.contains("<Key>e%CC%81</Key>") && list.text.contains("<Key>%C3%A9</Key>"))
        }
    }
}
