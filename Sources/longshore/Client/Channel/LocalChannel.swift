import HTTPServer
import HTTPTypes

/// A service in this process, asked without a listener: nobody else can reach it.
struct LocalChannel: ServiceChannel {
    let handler: any RequestHandler

    func call(_ head: HTTPRequest, body: [UInt8]) async throws(ClientError) -> ServiceReply {
        let response = await handler.respond(to: ServerRequest(head: head, body: body), sink: nil)
        guard case .bytes(let bytes) = response.body else { return reply(response, body: []) }
        return reply(response, body: bytes)
    }

    func stream(
        _ head: HTTPRequest, _ take: @escaping @Sendable ([UInt8]) -> Void
    ) async throws(ClientError) -> ServiceReply {
        let response = await handler.respond(to: ServerRequest(head: head), sink: nil)
        guard case .stream(let write) = response.body else {
            guard case .bytes(let bytes) = response.body else { return reply(response, body: []) }
            return reply(response, body: bytes)
        }
        do {
            try await write(
                ResponseWriter { bytes in
                    try Task.checkCancellation()
                    take(bytes)
                })
        } catch {
            throw ClientError(.noConnection, "The service in this process ended the stream: \(error)")
        }
        return reply(response, body: [])
    }

    private func reply(_ response: ServerResponse, body: [UInt8]) -> ServiceReply {
        ServiceReply(status: response.status.code, headerFields: response.headerFields, body: body)
    }
}
