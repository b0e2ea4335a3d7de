import HTTPServer
import HTTPTypes
import Model
import Storage

extension Router {
    func listDeliveries(_ call: Call) async throws -> ServerResponse {
        let id = try call.jobID()
        var query = try call.query()
        let page = try PageRequest(&query, identity: "deliveries \(id)", cursorLength: 1)
        try query.finish()
        let job = try await storedJob(id, call)
        let found = try await store.deliveries(of: job.number, after: page.cursor?[0] ?? 0, limit: page.size + 1)
        let shown = found.prefix(page.size)
        let next = found.count > page.size ? shown.last.map { page.token([$0.number]) } : nil
        return self.page("deliveries", next: next) { writer in
            for delivery in shown { writer.delivery(delivery) }
        }
    }

    func replayDelivery(_ call: Call) async throws -> ServerResponse {
        try call.refuseQuery()
        let job = try await storedJob(call.jobID(), call)
        let id = String(decoding: call.parameters[1], as: UTF8.self)
        guard let delivery = try await store.replay(id, of: job.number) else {
            throw ProblemDetails(.notFound, "The job has no delivery \(id).")
        }
        return .json(.accepted) { $0.delivery(delivery) }
    }
}
