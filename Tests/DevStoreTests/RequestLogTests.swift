import CurlTransport
import DevStore
import Foundation
import Testing

/// What a store tells of single requests, and an answer that it keeps back.
@Suite(.timeLimit(.minutes(5)))
struct RequestLogTests {
    @Test func eachRequestHasItsLine() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "devstore-\(UUID().uuidString).log").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await withWorld(keepsBytes: false, configure: { $0.log = path }) { world in
            try await world.call(.put, "a b", body: [1, 2, 3])
            try await world.call(.get, "none")
            try await world.call(.put, "big", query: [("partNumber", "7"), ("uploadId", "unknown")], body: [1])
        }
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map {
            $0.split(separator: "\t").map(String.init)
        }
        #expect(
            lines.map { Array($0.dropFirst(2)) } == [
                ["PutObject", "200", "3", "-", "-", "\(TestWorld.bucket)/a+b"],
                ["GetObject", "404", "0", "-", "-", "\(TestWorld.bucket)/none"],
                ["UploadPart", "404", "0", "7", "unknown", "\(TestWorld.bucket)/big"],
            ])
        for line in lines {
            let began = try #require(Int64(line[0])), ended = try #require(Int64(line[1]))
            #expect(began <= ended && abs(Double(ended) / 1e6 - Date.now.timeIntervalSince1970) < 60)
        }
    }

    @Test func anAnswerIsKeptBackAfterTheRequestWasDone() async throws {
        try await withWorld(keepsBytes: false) { world in
            world.store.faults.set([FaultRule(.putObject, count: 1).withheldUntilReleased()])
            let kept = Task { try await world.call(.put, "a", body: [1]).status }
            await world.store.faults.waitUntilHeld(1)
            #expect(try await world.call(.head, "a").status == 200)
            world.store.faults.release()
            let status = try await kept.value
            #expect(status == 200)
        }
    }
}
