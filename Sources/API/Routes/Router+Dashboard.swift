import HTTPServer

extension Router {
    func dashboard(_ call: Call) async throws -> ServerResponse {
        try call.refuseQuery()
        return DashboardAsset.page.response(to: call.request.head)
    }

    func dashboardAsset(_ call: Call) async throws -> ServerResponse {
        try call.refuseQuery()
        guard let asset = DashboardAsset.named[String(decoding: call.parameters[0], as: UTF8.self)] else {
            throw ProblemDetails(.notFound, "There is no such path.")
        }
        return asset.response(to: call.request.head)
    }
}
