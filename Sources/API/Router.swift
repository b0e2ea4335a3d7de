package import HTTPServer
package import HTTPTypes
package import Logging
import Model
package import Scheduling
import Storage

/// The HTTP contract: takes requests in, calls the scheduler and the store, and says in the contract's words what came
/// of it. It holds no state of its own but what streams share.
package struct Router: RequestHandler {
    let scheduler: Scheduler
    let configuration: APIConfiguration
    let logger: Logger
    let events: EventSource
    let readers = StreamReaders()

    var store: JobStore { scheduler.store }

    package init(scheduler: Scheduler, configuration: APIConfiguration, logger: Logger) {
        self.scheduler = scheduler
        self.configuration = configuration
        self.logger = logger
        events = EventSource(scheduler: scheduler)
    }

    /// Refuses at once what carries a body too large to be read first; whatever else is wrong is said by `respond`,
    /// once the body was taken off the connection, so that the connection stays in use.
    package func plan(_ head: HTTPRequest) -> BodyPlan {
        let smallBody = 64 << 10
        do throws(ProblemDetails) {
            let match = try admit(head)
            let limit = match.route.takesJSON ? configuration.bodyLimitInBytes : smallBody
            if let length = contentLength(head), length > limit { throw bodyTooLarge(limit) }
            return .collect(limitInBytes: limit)
        } catch {
            if contentLength(head) ?? .max <= smallBody || !hasBody(head) { return .collect(limitInBytes: smallBody) }
            return .refuse(finished(error.response))
        }
    }

    package func respond(to request: ServerRequest, sink: (any BodySink)?) async -> ServerResponse {
        do {
            let match = try admit(request.head)
            let call = Call(request: request, target: match.target, parameters: match.parameters)
            return finished(try await match.route.handler(self, call))
        } catch {
            if let problem = ProblemDetails(describing: error) {
                if let error = error as? StorageError { note(error) }
                return finished(problem.response)
            }
            logger.error("A request failed", metadata: ["path": "\(request.head.path ?? "")", "error": "\(error)"])
            return finished(ProblemDetails(.internal, "The log knows more.").response)
        }
    }

    /// What the head alone decides, in this order: path, method, token, the body's media type.
    private func admit(_ head: HTTPRequest) throws(ProblemDetails) -> RouteTable.Match {
        let match = try Self.routes.match(head)
        if match.route.needsToken, !configuration.tokens.admit(head.headerFields[.authorization]) {
            throw ProblemDetails(.unauthorized, "The request needs the field Authorization: Bearer TOKEN.")
        }
        if match.route.takesJSON, let type = head.headerFields[.contentType], MediaType(type)?.isJSON != true {
            throw ProblemDetails(.unsupportedMediaType, "The body must be application/json, not \(type).")
        }
        return match
    }

    private func bodyTooLarge(_ limit: Int) -> ProblemDetails {
        ProblemDetails(.bodyTooLarge, "The body is larger than \(limit) bytes.")
    }

    private func contentLength(_ head: HTTPRequest) -> Int64? {
        head.headerFields[.contentLength].flatMap(QueryReader.decimal)
    }

    private func hasBody(_ head: HTTPRequest) -> Bool {
        head.headerFields[.contentLength] != nil || head.headerFields[.transferEncoding] != nil
    }

    private func finished(_ response: ServerResponse) -> ServerResponse {
        var response = response
        response.headerFields[.server] = "longshore/\(configuration.version)"
        return response
    }

    private func note(_ error: StorageError) {
        logger.error("The state is not available", metadata: ["error": "\(error)"])
    }
}
