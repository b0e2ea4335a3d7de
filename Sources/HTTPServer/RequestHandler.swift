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
}
