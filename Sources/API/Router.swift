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
    /// Who may call; the settings may replace its tokens at any time.
    package let access: AccessList

    var store: JobStore { scheduler.store }

    package init(scheduler: Scheduler, configuration: APIConfiguration, logger: Logger) {
        self.scheduler = scheduler
        self.configuration = configuration
        self.logger = logger
        events = EventSource(scheduler: scheduler)
        access = AccessList(configuration.tokens, hosts: configuration.hosts)
    }

    /// Refuses at once what carries a body too large to be read first; whatever else is wrong is said by `respond`,
    /// once the body was taken off the connection, so that the connection stays in use.
    package func plan(_ head: HTTPRequest) -> BodyPlan {
        let smallBody = 64 << 10
        do throws(ProblemDetails) {
            let match = try admit(head, redeems: false).match
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
            let (match, caller) = try admit(request.head, redeems: true)
            let call = Call(request: request, target: match.target, parameters: match.parameters, caller: caller)
            return finished(try await match.route.handler(self, call))
        } catch {
            if let problem = ProblemDetails(describing: error) {
                if let error = error as? StorageError { note(error) }
                return finished(problem.response)
            }
            logger.error("A request failed", metadata: ["path": "\(Self.path(request.head))", "error": "\(error)"])
            return finished(ProblemDetails(.internal, "The log knows more.").response)
        }
    }

    /// What the head alone decides, in this order: path, method, host, token and its scope, the body's media type.
    ///
    /// - Parameter redeems: whether a ticket is used up by it.
    private func admit(
        _ head: HTTPRequest, redeems: Bool
    ) throws(ProblemDetails) -> (match: RouteTable.Match, caller: Caller) {
        let match = try Self.routes.match(head)
        if match.route.checksHost { try access.hosts.check(head) }
        let caller = try caller(head, match, redeems: redeems)
        if match.route.takesJSON, let type = head.headerFields[.contentType], MediaType(type)?.isJSON != true {
            throw ProblemDetails(.unsupportedMediaType, "The body must be application/json, not \(type).")
        }
        return (match, caller)
    }

    private func caller(
        _ head: HTTPRequest, _ match: RouteTable.Match, redeems: Bool
    ) throws(ProblemDetails) -> Caller {
        guard let scope = match.route.scope else { return .anybody }
        let ticket = match.route.takesTicket ? try StreamRequest.ticket(in: match.target.query) : nil
        let caller = access.caller(
            authorization: head.headerFields[.authorization], ticket: ticket, redeems: redeems)
        guard let caller else {
            throw ProblemDetails(.unauthorized, "The request needs the field Authorization: Bearer TOKEN.")
        }
        guard caller.scopes.contains(scope) else { throw .scopeMissing(scope) }
        return caller
    }

    /// Without its query, which may hold a ticket.
    private static func path(_ head: HTTPRequest) -> Substring { (head.path ?? "").prefix { $0 != "?" } }

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
