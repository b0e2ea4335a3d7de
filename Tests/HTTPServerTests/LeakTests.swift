import Glibc
import HTTPServer
import HTTPTypes
import Testing

/// Nothing is left behind. Counted in a process of its own, where no other test opens anything.
@Suite(.timeLimit(.minutes(2)))
struct LeakTests {
    @Test func leavesNoDescriptorBehind() async {
        await #expect(processExitsWith: .success) {
            // The first server opens what the process keeps: the task pool's and the random source's.
            try await Self.misuse(seed: 0)
            let before = Self.openDescriptors()
            for seed in 1...6 { try await Self.misuse(seed: UInt64(seed)) }
            // A handler that was cancelled gives its file back a moment after the stop.
            let deadline = ContinuousClock.now + .seconds(20)
            while Self.openDescriptors() != before, ContinuousClock.now < deadline { await Task.yield() }
            exit(Self.openDescriptors() == before ? 0 : 1)
        }
    }

    private static func openDescriptors() -> [Int32] {
        (0..<4096).filter { fcntl($0, F_GETFD) >= 0 }
    }

    /// Clients that leave at every step, of every kind of answer, and a server that stops among them.
    private static func misuse(seed: UInt64) async throws {
        let handler = TestHandler(plan: Self.plan) { request, _ in await Self.respond(to: request) }
        var configuration = ServerConfiguration()
        configuration.bodyGrace = .milliseconds(100)
        let server = try WebServer(configuration: configuration, handler: handler)
        let port = server.port
        await withTaskGroup(of: Void.self) { group in
            for index in 0..<8 {
                group.addTask {
                    try? await onThread { Self.misbehave(port: port, seed: seed &* 100 &+ UInt64(index)) }
                }
            }
            if seed % 2 == 0 { await group.waitForAll() }
            await server.stop(grace: .milliseconds(seed % 3 == 0 ? 0 : 200))
        }
        precondition(server.openConnections == 0)
    }

    @Sendable private static func plan(_ head: HTTPRequest) -> BodyPlan {
        switch head.path {
        case "/refuse":
            .refuse(ServerResponse(status: .forbidden, body: .file(descriptor: file(), offset: 0, count: 9)))
        case "/sink": .stream(NullSink())
        default: .collect(limitInBytes: 1000)
        }
    }

    private static func file() -> Int32 { unsafe open("/proc/self/exe", O_RDONLY | O_CLOEXEC) }

    private static func respond(to request: ServerRequest) async -> ServerResponse {
        switch request.head.path {
        case "/file": return ServerResponse(status: .ok, body: .file(descriptor: file(), offset: 0, count: 500_000))
        case "/late":
            await Task.yield()
            try? await Task.sleep(for: .milliseconds(20))
            return ServerResponse(status: .ok, body: .file(descriptor: file(), offset: 5, count: 50_000))
        case "/stream":
            return ServerResponse(
                status: .ok,
                body: .stream { writer in
                    for _ in 0..<100 { try await writer.write([UInt8](repeating: 1, count: 9000)) }
                })
        case "/idle":
            return ServerResponse(
                status: .ok,
                body: .stream { writer in
                    try await writer.write([1])
                    try await Task.sleep(for: .milliseconds(200))
                })
        default: return ServerResponse(status: .ok, body: .bytes(request.body))
        }
    }

    private static func misbehave(port: UInt16, seed: UInt64) {
        var random = SplitMix(seed: seed)
        let paths = ["/file", "/late", "/stream", "/idle", "/echo", "/refuse", "/sink"]
        for _ in 0..<60 {
            guard let client = try? RawClient(port: port) else { return }
            let path = paths[Int.random(in: 0..<paths.count, using: &random)]
            let method = Bool.random(using: &random) ? "PUT" : "HEAD"
            let body = Int.random(in: 0...2000, using: &random)
            let head = "\(method) \(path) HTTP/1.1\r\nHost: h\r\nContent-Length: \(body)\r\n\r\n"
            let bytes = Array(head.utf8) + [UInt8](repeating: 0, count: body)
            let isWhole = Bool.random(using: &random)
            try? client.send(isWhole ? bytes : Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random))))
            switch Int.random(in: 0...3, using: &random) {
            case 0: client.reset()
            case 1: _ = isWhole ? try? client.readResponse(toHead: method == "HEAD") : nil
            case 2: _ = isWhole ? try? client.receive(atMost: 100) : nil
            default: break
            }
        }
    }
}

private final class NullSink: BodySink {
    func receive(_ bytes: UnsafeRawBufferPointer) throws {}
    func finish(error: (any Error)?) {}
}
