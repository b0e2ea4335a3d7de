import CurlTransport
import DevStore
import Testing

/// Uploads in parts, and where their bytes lie.
@Suite(.timeLimit(.minutes(2)))
struct MultipartTests {
    private static let partSize = 1 << 20

    private static func part(_ number: Int, size: Int = partSize) -> [UInt8] {
        [UInt8](repeating: UInt8(number), count: size)
    }

    private static func world<Result: Sendable>(
        _ body: (TestWorld) async throws -> Result
    ) async throws -> Result {
        try await withWorld(configure: { $0.limits.partInBytes = Int64(partSize) }, body)
    }

    @Test func partsInAnyOrderBecomeOneFileWithoutACopy() async throws {
        try await Self.world { world in
            let upload = try await world.createUpload("large")
            var etags: [Int: String] = [:]
            for number in [3, 1, 2] {
                etags[number] = try await world.sendPart(number, Self.part(number), of: "large", upload: upload)
            }
            etags[4] = try await world.sendPart(4, Self.part(4, size: 17), of: "large", upload: upload)
            let before = world.dataFiles
            #expect(before.count == 1)
            let parts = (1...4).map { (number: $0, etag: etags[$0] ?? "") }
            #expect(try await world.complete("large", upload: upload, parts).status == 200)
            #expect(world.dataFiles == before)
            let expected = (1...3).flatMap { Self.part($0) } + Self.part(4, size: 17)
            #expect(try await world.call(.get, "large").body == expected)
            let range = try await world.call(.get, "large", headers: [("range", "bytes=1048570-1048579")])
            #expect(range.status == 206 && range.body == Array(expected[1_048_570..<1_048_580]))
        }
    }

    @Test func aPartThatIsSentAgainReplacesTheFirst() async throws {
        try await Self.world { world in
            let upload = try await world.createUpload("large")
            try await world.sendPart(1, Self.part(9), of: "large", upload: upload)
            let second = try await world.sendPart(2, Self.part(2), of: "large", upload: upload)
            let first = try await world.sendPart(1, Self.part(1), of: "large", upload: upload)
            #expect(try await world.complete("large", upload: upload, [(1, first), (2, second)]).status == 200)
            #expect(try await world.call(.get, "large").body == Self.part(1) + Self.part(2))
            #expect(world.dataFiles.count == 1, "what the parts lay in is gone")
        }
    }

    @Test func abortingRemovesTheBytes() async throws {
        try await Self.world { world in
            let upload = try await world.createUpload("large")
            try await world.sendPart(1, Self.part(1), of: "large", upload: upload)
            try await world.sendPart(2, Self.part(2, size: 2 * Self.partSize), of: "large", upload: upload)
            #expect(world.dataFiles.count == 2)
            #expect(try await world.call(.delete, "large", query: [("uploadId", upload)]).status == 204)
            #expect(world.dataFiles.isEmpty)
            #expect(try await world.sendPart(3, Self.part(3), of: "large", upload: upload) == "NoSuchUpload")
            #expect(world.dataFiles.isEmpty)
        }
    }

    @Test func refusesWhatS3Refuses() async throws {
        try await Self.world { world in
            let upload = try await world.createUpload("large")
            let small = try await world.sendPart(1, Self.part(1, size: Self.partSize - 1), of: "large", upload: upload)
            let last = try await world.sendPart(2, Self.part(2), of: "large", upload: upload)
            #expect(
                try await world.complete("large", upload: upload, [(1, small), (2, last)]).code == "EntityTooSmall")
            #expect(
                try await world.complete("large", upload: upload, [(2, last), (1, small)]).code == "InvalidPartOrder")
            #expect(try await world.complete("large", upload: upload, [(1, last), (2, last)]).code == "InvalidPart")
            #expect(try await world.complete("large", upload: upload, [(0, last)]).code == "MalformedXML")
            #expect(try await world.complete("large", upload: upload, []).code == "MalformedXML")
            let wrongSize = try await world.complete(
                "large", upload: upload, [(2, last)], headers: [("x-amz-mp-object-size", "5")])
            #expect(wrongSize.status == 400 && wrongSize.code == "InvalidRequest")
            for number in [0, 10_001] {
                #expect(try await world.sendPart(number, [1], of: "large", upload: upload) == "InvalidArgument")
            }
            #expect(try await world.complete("other", upload: upload, [(2, last)]).code == "NoSuchUpload")
            #expect(try await world.complete("large", upload: upload, [(2, last)]).status == 200)
        }
    }

    @Test func copiesShareTheBytesUntilTheLastIsGone() async throws {
        try await Self.world { world in
            let body = Self.part(5, size: 3 << 20)
            try await world.call(.put, "a", body: body)
            let copied = try await world.call(
                .put, "b", headers: [("x-amz-copy-source", "/\(TestWorld.bucket)/a")])
            #expect(copied.status == 200)
            #expect(world.dataFiles.count == 1)
            try await world.call(.delete, "a")
            #expect(try await world.call(.get, "b").body == body)
            try await world.call(.delete, "b")
            #expect(world.dataFiles.isEmpty)
        }
    }
}
