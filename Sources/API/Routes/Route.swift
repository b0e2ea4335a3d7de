package import HTTPServer
package import HTTPTypes

/// One row of the route table.
package struct Route: Sendable {
    package typealias Handler = @Sendable (Router, Call) async throws -> ServerResponse

    package let method: HTTPRequest.Method
    /// `nil` stands for any one segment.
    package let template: [[UInt8]?]
    /// What the caller's token must allow; nil: nothing, not even a token is needed.
    package let scope: AccessScope?
    /// Whether a ticket may stand in for the token.
    package let takesTicket: Bool
    /// Whether it is served under the service's own names alone; probes ask by whatever address they have.
    package let checksHost: Bool
    /// Whether its body must be JSON.
    package let takesJSON: Bool
    package let handler: Handler

    /// - Parameters:
    ///   - path: `/v1/jobs/{id}`; a segment in braces is open.
    ///   - scope: what the token must allow; as a rule `read` for GET, `submit` for all else.
    package init(
        _ method: HTTPRequest.Method, _ path: String, scope: AccessScope? = nil, needsToken: Bool = true,
        takesTicket: Bool = false, checksHost: Bool = true, takesJSON: Bool = false,
        handler: @escaping Handler
    ) {
        self.method = method
        template = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map {
            $0.hasPrefix("{") ? nil : Array($0.utf8)
        }
        self.scope = needsToken ? scope ?? (method == .get ? .read : .submit) : nil
        self.takesTicket = takesTicket
        self.checksHost = checksHost
        self.takesJSON = takesJSON
        self.handler = handler
    }

    /// What the open segments stand for; nil when the path is another.
    package func parameters(of segments: [[UInt8]]) -> [[UInt8]]? {
        guard segments.count == template.count else { return nil }
        var parameters: [[UInt8]] = []
        for (segment, expected) in zip(segments, template) {
            if let expected {
                guard segment == expected else { return nil }
            } else if segment.isEmpty {
                return nil
            } else {
                parameters.append(segment)
            }
        }
        return parameters
    }
}
