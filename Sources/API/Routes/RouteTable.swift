package import HTTPTypes

/// Finds the route of a request.
package struct RouteTable: Sendable {
    package struct Match: Sendable {
        package let route: Route
        package let target: RequestTarget
        package let parameters: [[UInt8]]
    }

    private let routes: [Route]

    package init(_ routes: [Route]) { self.routes = routes }

    /// HEAD is served by GET's route (RFC 9110, section 9.3.2).
    ///
    /// - Throws: `NOT_FOUND` when no route has the path, `METHOD_NOT_ALLOWED` with `Allow` when none has the method too.
    package func match(_ head: HTTPRequest) throws(ProblemDetails) -> Match {
        let method = head.method == .head ? .get : head.method
        guard let target = RequestTarget(head.path ?? "") else {
            throw ProblemDetails(.notFound, "There is no such path.")
        }
        var allowed: [String] = []
        for route in routes {
            guard let parameters = route.parameters(of: target.segments) else { continue }
            if route.method == method { return Match(route: route, target: target, parameters: parameters) }
            allowed.append(route.method.rawValue)
            if route.method == .get { allowed.append("HEAD") }
        }
        if allowed.isEmpty { throw ProblemDetails(.notFound, "There is no such path.") }
        throw ProblemDetails(
            .methodNotAllowed, "\(head.method.rawValue) is not allowed here.",
            headerFields: [.allow: allowed.joined(separator: ", ")])
    }
}
