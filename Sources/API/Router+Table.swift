import HTTPTypes

extension Router {
    /// Every route of the contract. To add one: a row here, its handler in `Routes`, its description in
    /// `openapi/openapi.yaml`.
    static let routes = RouteTable([
        Route(.post, "/v1/jobs", takesJSON: true) { try await $0.createJob($1) },
        Route(.get, "/v1/jobs") { try await $0.listJobs($1) },
        Route(.put, "/v1/jobs/{id}", takesJSON: true) { try await $0.putJob($1) },
        Route(.get, "/v1/jobs/{id}") { try await $0.getJob($1) },
        Route(.patch, "/v1/jobs/{id}", takesJSON: true) { try await $0.patchJob($1) },
        Route(.delete, "/v1/jobs/{id}") { try await $0.deleteJob($1) },
        Route(.get, "/v1/jobs/{id}/files") { try await $0.listFiles($1) },
        Route(.get, "/v1/jobs/{id}/parts") { try await $0.listParts($1) },
        Route(.get, "/v1/jobs/{id}/events", takesTicket: true) { try await $0.streamJob($1) },
        Route(.get, "/v1/jobs/{id}/report") { try await $0.report($1) },
        Route(.get, "/v1/jobs/{id}/deliveries") { try await $0.listDeliveries($1) },
        Route(.post, "/v1/jobs/{id}/deliveries/{delivery_id}/replay") { try await $0.replayDelivery($1) },
        Route(.post, "/v1/jobs/{id}/cancel") { try await $0.cancelJob($1) },
        Route(.post, "/v1/jobs/{id}/pause") { try await $0.pauseJob($1) },
        Route(.post, "/v1/jobs/{id}/resume") { try await $0.resumeJob($1) },
        Route(.post, "/v1/jobs/{id}/retry") { try await $0.retryJob($1) },
        Route(.get, "/v1/limits") { try await $0.getLimits($1) },
        Route(.patch, "/v1/limits", scope: .admin, takesJSON: true) { try await $0.patchLimits($1) },
        Route(.get, "/v1/stores") { try await $0.listStores($1) },
        Route(.get, "/v1/events", takesTicket: true) { try await $0.streamAll($1) },
        Route(.post, "/v1/tickets", scope: .read) { try await $0.createTicket($1) },
        Route(.get, "/", needsToken: false) { try await $0.dashboard($1) },
        Route(.get, "/assets/{name}", needsToken: false) { try await $0.dashboardAsset($1) },
        Route(.get, "/metrics", scope: .admin) { try await $0.metrics($1) },
        Route(.get, "/livez", needsToken: false, checksHost: false) { try await $0.livez($1) },
        Route(.get, "/readyz", needsToken: false, checksHost: false) { try await $0.readyz($1) },
        Route(.get, "/openapi.yaml", needsToken: false) { try await $0.contract($1) },
    ])
}
