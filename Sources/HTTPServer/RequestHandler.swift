package import HTTPTypes

/// What a server does with its requests.
package protocol RequestHandler: Sendable {
    /// Chooses what happens to the body of the request with this head. Runs on libmicrohttpd's thread: quick, no
    /// blocking. It is also asked when no body will come.
    func plan(_ head: HTTPRequest) -> BodyPlan

    /// Answers a request. It begins on libmicrohttpd's thread and runs there up to its first suspension, so that an answer
    /// that waits for nothing costs no change of threads; the thread's other connections wait meanwhile. After that the
    /// connection is suspended: it neither times out nor notices that the client closed it. When the client resets it, or
    /// when the server's grace is over, the task is cancelled and its answer is dropped.
    ///
    /// - Parameter sink: the one that `plan` chose, finished.
    func respond(to request: ServerRequest, sink: (any BodySink)?) async -> ServerResponse

    /// Words the refusal of a request that never reaches `plan` or `respond`: 400 for a head that is not to be trusted,
    /// 413 for a body beyond the plan's limit, 431 for too large a head, 501 for an unknown transfer coding. By default
    /// it has no body. Runs on libmicrohttpd's thread.
    func refusal(_ status: HTTPResponse.Status, of head: HTTPRequest) -> ServerResponse
}

extension RequestHandler {
    package func refusal(_ status: HTTPResponse.Status, of head: HTTPRequest) -> ServerResponse {
        ServerResponse(status: status)
    }
}
