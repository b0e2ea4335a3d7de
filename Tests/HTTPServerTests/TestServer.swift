import Glibc
import HTTPServer
import HTTPTypes

/// A handler made of two closures; by default it collects up to 1 MiB.
struct TestHandler: RequestHandler {
    var choose: @Sendable (HTTPRequest) -> BodyPlan = { _ in .collect(limitInBytes: 1 << 20) }
    var answer: @Sendable (ServerRequest, (any BodySink)?) async -> ServerResponse

    init(
        plan: @escaping @Sendable (HTTPRequest) -> BodyPlan = { _ in .collect(limitInBytes: 1 << 20) },
        answer: @escaping @Sendable (ServerRequest, (any BodySink)?) async -> ServerResponse
    ) {
        choose = plan
        self.answer = answer
    }

    func plan(_ head: HTTPRequest) -> BodyPlan { choose(head) }

    func respond(to request: ServerRequest, sink: (any BodySink)?) async -> ServerResponse {
        await answer(request, sink)
    }

    /// Answers with the method, the target and the body.
    static let echo = TestHandler { request, _ in
        let line = "\(request.head.method.rawValue) \(request.head.path ?? "") \(request.body.count)\n"
        return ServerResponse(status: .ok, body: .bytes(Array(line.utf8) + request.body))
    }
}

/// Runs a test body with a server that is stopped in every case.
func withServer<Result: Sendable>(
    _ handler: TestHandler, configure: (inout ServerConfiguration) -> Void = { _ in },
    _ body: (WebServer) async throws -> Result
) async throws -> Result {
    var configuration = ServerConfiguration()
    configure(&configuration)
    let server = try WebServer(configuration: configuration, handler: handler)
    do {
        let result = try await body(server)
        await server.stop(grace: .seconds(5))
        return result
    } catch {
        await server.stop(grace: .zero)
        throw error
    }
}

/// Runs blocking work on a thread of its own, so that it cannot keep the server's tasks from running.
func onThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        let job = ThreadJob { continuation.resume(with: Swift.Result { try body() }) }
        var thread = pthread_t()
        let result = unsafe pthread_create(
            &thread, nil,
            { argument in
                if let argument = unsafe argument {
                    unsafe Unmanaged<ThreadJob>.fromOpaque(argument).takeRetainedValue().run()
                }
                return nil
            }, Unmanaged.passRetained(job).toOpaque())
        precondition(result == 0)
        pthread_detach(thread)
    }
}

private final class ThreadJob: Sendable {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) {
        self.run = run
    }
}
