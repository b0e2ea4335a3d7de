import HTTPServer
import HTTPTypes
import Model
import Scheduling
import Storage

extension Router {
    func listJobs(_ call: Call) async throws -> ServerResponse {
        var query = try call.query()
        var filter = JobFilter(tenant: call.caller.reach.only)
        filter.states = try query.choice("state", of: JobState.self).map { [$0] }
        filter.kind = try query.choice("kind", of: JobSpec.Kind.self)
        filter.labels = try query.labels()
        let labels = filter.labels.sorted { $0.key < $1.key }
        let identity =
            "jobs \(filter.tenant?.rawValue ?? "") \(filter.states?.first?.rawValue ?? "") \(filter.kind?.rawValue ?? "") \(labels)"
        let page = try PageRequest(&query, identity: identity, cursorLength: 1)
        try query.finish()
        let before = page.cursor.map { JobNumber($0[0]) }
        let jobs = try await store.jobs(filter, before: before, limit: page.size + 1)
        var statuses: [JobStatus] = []
        for job in jobs.prefix(page.size) { statuses.append(try await scheduler.status(of: job, brief: true)) }
        let next = jobs.count > page.size ? statuses.last.map { [$0.job.number.rawValue] } : nil
        return self.page("jobs", next: next.map(page.token)) { writer in
            for status in statuses { writer.job(status) }
        }
    }

    func listFiles(_ call: Call) async throws -> ServerResponse {
        let id = try call.jobID()
        var query = try call.query()
        let state = try query.choice("state", of: FileState.self)
        let page = try PageRequest(&query, identity: "files \(id) \(state?.rawValue ?? "")", cursorLength: 1)
        try query.finish()
        let job = try await storedJob(id, call)
        let listing = FileListing(scheduler: scheduler, job: job.number)
        let after = page.cursor.map { FileNumber($0[0]) }
        let (files, next) = try await listing.page(state: state, after: after, limit: page.size)
        let naming = ObjectNaming(job.spec)
        return self.page("files", next: next.map { page.token([$0.rawValue]) }) { writer in
            for file in files { writer.file(file, naming) }
        }
    }

    func listParts(_ call: Call) async throws -> ServerResponse {
        let id = try call.jobID()
        var query = try call.query()
        let state = try query.choice("state", of: PartState.self)
        let path = try query.bytes("file")
        let identity = "parts \(id) \(state?.rawValue ?? "") \(path.map { Base64.urlEncoded($0) } ?? "-")"
        let page = try PageRequest(&query, identity: identity, cursorLength: 2)
        try query.finish()
        let job = try await storedJob(id, call)
        var file: FileNumber?
        if let path {
            guard let found = try await store.file(job.number, path: path) else {
                return self.page("parts", next: nil) { _ in }
            }
            file = found.number
        }
        let listing = PartListing(scheduler: scheduler, job: job.number, file: file)
        let after = page.cursor.map { PartPosition(file: FileNumber($0[0]), number: PartNumber(Int($0[1]))) }
        let (parts, next) = try await listing.page(state: state, after: after, limit: page.size)
        let naming = ObjectNaming(job.spec)
        let token = next.map { page.token([$0.file.rawValue, Int64($0.number.rawValue)]) }
        return self.page("parts", next: token) { writer in
            for part in parts { writer.part(part, naming) }
        }
    }

    func storedJob(_ id: JobID, _ call: Call) async throws -> Job {
        guard let job = try await store.job(id, reach: call.caller.reach) else {
            throw ProblemDetails.jobNotFound(id.rawValue)
        }
        return job
    }

    func page(
        _ name: String, next: String?, _ rows: (inout JSONWriter) -> Void
    ) -> ServerResponse {
        .json(.ok) { writer in
            writer.object { writer in
                writer.arrayField(name, rows)
                writer.field("next_page_token", next ?? "")
            }
        }
    }
}
