import HTTPServer
import HTTPTypes
import Model
import Scheduling

extension Router {
    func createJob(_ call: Call) async throws -> ServerResponse {
        try call.refuseQuery()
        let request = try SpecRequest(body: call.request.body, features: configuration.features)
        let key = try IdempotencyKey.read(call.request.head.headerFields[.idempotencyKey])
        if request.validateOnly { return try await plan(request.spec, call) }
        switch try await scheduler.submit(
            request.spec, of: call.caller.tenant, idempotencyKey: key, traceParent: call.traceParent)
        {
        case .created(let status): return accepted(status)
        case .existing(let status): return accepted(status, fields: [.idempotentReplayed: "true"])
        }
    }

    func putJob(_ call: Call) async throws -> ServerResponse {
        try call.refuseQuery()
        guard let id = JobID(String(decoding: call.parameters[0], as: UTF8.self)) else {
            throw ProblemDetails(faults: [SpecFault("/id", "must be 1 to 64 characters of [A-Za-z0-9_-]")])
        }
        let request = try SpecRequest(body: call.request.body, features: configuration.features)
        if request.validateOnly { return try await plan(request.spec, call) }
        switch try await scheduler.submit(
            request.spec, of: call.caller.tenant, id: id, traceParent: call.traceParent)
        {
        case .created(let status): return accepted(status)
        case .existing(let status): return job(status, .ok)
        }
    }

    func patchJob(_ call: Call) async throws -> ServerResponse {
        try call.refuseQuery()
        let id = try call.jobID()
        let patch = try JobPatch(body: call.request.body)
        return job(try await scheduler.patch(id, patch, for: call.caller.reach), .ok)
    }

    func deleteJob(_ call: Call) async throws -> ServerResponse {
        try call.refuseQuery()
        try await scheduler.delete(call.jobID(), for: call.caller.reach)
        return ServerResponse(status: .noContent)
    }

    func cancelJob(_ call: Call) async throws -> ServerResponse {
        try call.refuseQuery()
        return job(try await scheduler.cancel(call.jobID(), for: call.caller.reach), .accepted)
    }

    func pauseJob(_ call: Call) async throws -> ServerResponse {
        try call.refuseQuery()
        return job(try await scheduler.pause(call.jobID(), for: call.caller.reach), .accepted)
    }

    func resumeJob(_ call: Call) async throws -> ServerResponse {
        try call.refuseQuery()
        return job(try await scheduler.resume(call.jobID(), for: call.caller.reach), .accepted)
    }

    func retryJob(_ call: Call) async throws -> ServerResponse {
        try call.refuseQuery()
        return job(try await scheduler.retry(call.jobID(), for: call.caller.reach), .accepted)
    }

    private func plan(_ spec: JobSpec, _ call: Call) async throws -> ServerResponse {
        let plan = try await scheduler.plan(spec, of: call.caller.tenant)
        return .json(.ok) { $0.plan(plan) }
    }

    private func accepted(_ status: JobStatus, fields: HTTPFields = [:]) -> ServerResponse {
        var fields = fields
        fields[.location] = "/v1/jobs/\(status.job.id)"
        return job(status, .accepted, fields: fields)
    }

    /// The whole job, with the fields that every answer that carries one has.
    func job(_ status: JobStatus, _ code: HTTPResponse.Status, fields: HTTPFields = [:]) -> ServerResponse {
        var fields = fields
        for field in Self.fields(of: status) { fields[field.name] = field.value }
        return .json(code, fields: fields) { $0.job(status) }
    }

    static func fields(of status: JobStatus) -> HTTPFields {
        var fields: HTTPFields = [.eTag: EntityTag(status.entityRevision).fieldValue]
        if !status.job.state.isFinal { fields[.retryAfter] = "1" }
        return fields
    }
}
