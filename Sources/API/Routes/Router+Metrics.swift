import HTTPServer
import HTTPTypes
import Metrics

extension Router {
    /// Prometheus' text form, whatever the caller accepts: scrapers that ask for another one take this one, too.
    func metrics(_ call: Call) async throws -> ServerResponse {
        try call.refuseQuery()
        var exposition = Exposition()
        for source in configuration.metrics { source.write(to: &exposition) }
        events.readers.write(to: &exposition)
        return ServerResponse(
            status: .ok, headerFields: [.contentType: Exposition.contentType, .cacheControl: "no-store"],
            body: .bytes(exposition.bytes))
    }
}
