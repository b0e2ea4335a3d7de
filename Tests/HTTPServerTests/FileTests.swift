import Glibc
import HTTPServer
import HTTPTypes
import Testing

/// Answers from files.
@Suite(.timeLimit(.minutes(5)))
struct FileTests {
    /// An open, unlinked file of so many bytes, each a function of its place.
    private static func file(size: Int) throws -> Int32 {
        var name = Array("/tmp/longshore-http-XXXXXX".utf8CString)
        let descriptor = unsafe mkstemp(&name)
        try #require(descriptor >= 0)
        _ = unsafe unlink(name)
        let bytes = (0..<size).map { byte($0) }
        var written = 0
        while written < size {
            let count = unsafe bytes[written...].withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
            try #require(count > 0)
            written += count
        }
        return descriptor
    }

    private static func byte(_ place: Int) -> UInt8 { UInt8(truncatingIfNeeded: (place &* 2_654_435_761) >> 8) }

    @Test(arguments: [(0, 300_000), (1, 299_999), (100_003, 70_001), (299_999, 1), (5, 0)])
    func sendsARange(offset: Int, count: Int) async throws {
        let descriptor = try Self.file(size: 300_000)
        let handler = TestHandler { _, _ in
            let body = ResponseBody.file(descriptor: dup(descriptor), offset: Int64(offset), count: Int64(count))
            return ServerResponse(status: .partialContent, body: body)
        }
        try await withServer(handler) { server in
            let responses = try await RawClient.session(server) { client in
                try (0..<2).map { _ in try client.exchange("GET / HTTP/1.1\r\nHost: h\r\n\r\n") }
            }
            let expected = (offset..<(offset + count)).map { Self.byte($0) }
            #expect(responses.map(\.status) == [206, 206])
            #expect(responses.allSatisfy { $0.body == expected })
        }
        close(descriptor)
    }

    @Test func tellsTheLengthOfAFileToHead() async throws {
        let descriptor = try Self.file(size: 1000)
        let handler = TestHandler { _, _ in
            ServerResponse(status: .ok, body: .file(descriptor: dup(descriptor), offset: 10, count: 500))
        }
        try await withServer(handler) { server in
            let response = try await RawClient.session(server) {
                try $0.exchange("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n", toHead: true)
            }
            #expect(response.fields["content-length"] == "500")
        }
        close(descriptor)
    }

    @Test func answersAnErrorWhenTheFileIsShorterThanPromised() async throws {
        let descriptor = try Self.file(size: 1000)
        let handler = TestHandler { _, _ in
            ServerResponse(status: .ok, body: .file(descriptor: dup(descriptor), offset: 10, count: 991))
        }
        try await withServer(handler) { server in
            let response = try await RawClient.session(server) {
                try $0.exchange("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            }
            #expect(response.status == 500)
        }
        close(descriptor)
    }
}
