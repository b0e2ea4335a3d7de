package import HTTPTypes

/// What a server does with its requests.
package protocol RequestHandler: Sendable {
    /// Chooses what happens to the body of the request with this head. Runs on libmicrohttpd's thread: quick, no
    /// blocking. It is also asked when no body will come.
    func plan(_ head: HTTPRequest) -> BodyPlan

    /// Answers a request. The connection is suspended meanwhile: it neither times out nor notices that the client left.
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
