import HTTPServer
import HTTPTypes
import Model
import Scheduling

extension Router {
    func getLimits(_ call: Call) async throws -> ServerResponse {
        try call.refuseQuery()
        let limits = scheduler.limits(for: call.caller.reach.only)
        return .json(.ok) { $0.limits(limits) }
    }

    func patchLimits(_ call: Call) async throws -> ServerResponse {
        try call.refuseQuery()
        let limits = await scheduler.setLimits(try LimitsPatch(body: call.request.body))
        return .json(.ok) { $0.limits(limits) }
    }

    func listStores(_ call: Call) async throws -> ServerResponse {
        try call.refuseQuery()
        let stores = scheduler.stores(of: call.caller.tenant)
        return .json(.ok) { $0.stores(stores) }
    }

    /// A ticket that opens one stream in place of the token that was shown here.
    func createTicket(_ call: Call) async throws -> ServerResponse {
        try call.refuseQuery()
        let ticket = access.ticket(for: call.caller)
        return .json(.ok, fields: [.cacheControl: "no-store"]) { writer in
            writer.object { writer in
                writer.field("ticket", ticket)
                writer.field("expires_in_seconds", Int(TicketTable.lifetime.components.seconds))
            }
        }
    }

    func livez(_ call: Call) async throws -> ServerResponse {
        try call.refuseQuery()
        return ok
    }

    func readyz(_ call: Call) async throws -> ServerResponse {
        try call.refuseQuery()
        guard let reason = scheduler.unreadyReason else { return ok }
        throw ProblemDetails(scheduler.isDraining ? .draining : .stateUnavailable, reason)
    }

    func contract(_ call: Call) async throws -> ServerResponse {
        try call.refuseQuery()
        return ServerResponse(
            status: .ok, headerFields: [.contentType: "application/yaml"], body: .bytes(configuration.openAPIDocument))
    }

    private var ok: ServerResponse {
        .json(.ok, fields: [.cacheControl: "no-store"]) { writer in writer.object { $0.field("status", "ok") } }
    }
}
