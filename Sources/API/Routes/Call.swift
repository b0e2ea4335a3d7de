package import HTTPServer
import HTTPTypes
package import Model

/// One request on its way to its route's handler: routed, admitted, its body complete.
package struct Call: Sendable {
    package let request: ServerRequest
    package let target: RequestTarget
    /// What the template's open segments stood for, in their order.
    package let parameters: [[UInt8]]
    package let caller: Caller

    package init(request: ServerRequest, target: RequestTarget, parameters: [[UInt8]], caller: Caller) {
        self.request = request
        self.target = target
        self.parameters = parameters
        self.caller = caller
    }

    /// The first parameter as the id of a job.
    ///
    /// - Throws: `JOB_NOT_FOUND` for what can be no id: no job has it.
    package func jobID() throws(ProblemDetails) -> JobID {
        let text = String(decoding: parameters[0], as: UTF8.self)
        guard let id = JobID(text) else { throw .jobNotFound(text) }
        return id
    }

    /// Nil where there is none, and for one that is not valid: it is ignored then.
    package var traceParent: TraceParent? {
        request.head.headerFields[.traceparent].flatMap(TraceParent.init)
    }

    package func query() throws(ProblemDetails) -> QueryReader { try QueryReader(target.query) }

    /// For routes that take no parameter.
    package func refuseQuery() throws(ProblemDetails) { try query().finish() }
}
