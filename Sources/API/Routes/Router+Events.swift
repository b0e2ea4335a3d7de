import HTTPServer
import HTTPTypes
import Model
import Scheduling
import Storage

extension Router {
    func streamJob(_ call: Call) async throws -> ServerResponse {
        let id = try call.jobID()
        let request = try streamRequest(call)
        // Who begins at the beginning misses nothing by a look that others have just made.
        let job =
            request.after == nil
            ? try await events.job(id, reach: call.caller.reach) : try await storedJob(id, call)
        // An id that was never given is of another service's life: the reader can't have what lies before it.
        let after = request.after.flatMap { $0 > store.watermark ? nil : $0 } ?? .zero
        if job.state.isFinal, after >= job.revision {
            return ServerResponse(status: .noContent, headerFields: Self.streamFields)
        }
        if request.format == .text {
            let stream = TextStream(source: events, job: job, interval: request.interval)
            return response(.text, call.caller) { try await stream.run($0) }
        }
        let stream = JobStream(
            source: events, job: job, start: after, request: request, heartbeat: configuration.heartbeat)
        return response(request.format, call.caller) { try await stream.run($0) }
    }

    func streamAll(_ call: Call) async throws -> ServerResponse {
        let request = try streamRequest(call)
        let tenant = call.caller.reach.only
        if request.format == .text {
            let stream = TextStream(source: events, tenant: tenant, interval: request.interval)
            return response(.text, call.caller) { try await stream.run($0) }
        }
        let now = store.watermark
        let start = request.after.flatMap { $0 > now ? nil : $0 } ?? now
        let stream = AllJobsStream(
            source: events, tenant: tenant, start: start, request: request, heartbeat: configuration.heartbeat)
        return response(request.format, call.caller) { try await stream.run($0) }
    }

    private func streamRequest(_ call: Call) throws(ProblemDetails) -> StreamRequest {
        let fields = call.request.head.headerFields
        return try StreamRequest(
            query: call.target.query, lastEventID: fields[.lastEventID], accept: fields[.accept],
            configuration: configuration)
    }

    private static let streamFields: HTTPFields = [.cacheControl: "no-store", .xAccelBuffering: "no"]

    /// A stream is cut at its next line once the settings no longer know the token that opened it.
    private func response(
        _ format: StreamFormat, _ caller: Caller, _ run: @escaping @Sendable (ResponseWriter) async throws -> Void
    ) -> ServerResponse {
        var fields = Self.streamFields
        fields[.contentType] = format.mediaType.fieldValue
        fields[.vary] = "Accept"
        return ServerResponse(
            status: .ok, headerFields: fields,
            body: .stream { [access, readers = events.readers] writer in
                let checked = ResponseWriter { bytes in
                    guard access.stillAdmits(caller) else { throw CancellationError() }
                    try await writer.write(bytes)
                }
                try await readers.counting(format) { try await run(checked) }
            })
    }
}
