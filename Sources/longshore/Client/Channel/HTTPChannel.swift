import CurlTransport
import HTTPTypes

/// A service at an address.
struct HTTPChannel: ServiceChannel {
    let address: ServiceAddress
    private let token: Settings.Secret?
    private let transport: Transport

    /// Longer than the silence between two heartbeats of a stream.
    private static let silence: Duration = .seconds(25)
    /// Long polls answer within a minute.
    private static let patience: Duration = .seconds(90)

    init(address: ServiceAddress, token: Settings.Secret?, caFile: String?) throws(ClientError) {
        var configuration = TransportConfiguration(loops: 1, connectionsPerLoop: 8)
        configuration.userAgent = Longshore.userAgent
        configuration.caFile = caFile
        configuration.socketPath = address.socketPath
        do {
            transport = try Transport(configuration: configuration)
        } catch {
            throw ClientError(.usage, error.message)
        }
        self.address = address
        self.token = token
    }

    func call(_ head: HTTPRequest, body: [UInt8]) async throws(ClientError) -> ServiceReply {
        var exchange = exchange(head, body: body, silence: Self.patience)
        exchange.sink = .collect(limitInBytes: 256 << 20)
        do {
            return try await reply(to: exchange)
        } catch {
            // The service closed the connection while it was idle. Whatever this client asks may be asked twice.
            guard error.reusedConnection else { throw ClientError(error, at: address) }
        }
        exchange.freshConnection = true
        do {
            return try await reply(to: exchange)
        } catch {
            throw ClientError(error, at: address)
        }
    }

    func stream(
        _ head: HTTPRequest, _ take: @escaping @Sendable ([UInt8]) -> Void
    ) async throws(ClientError) -> ServiceReply {
        var exchange = exchange(head, body: [], silence: Self.silence)
        exchange.sink = .stream(BodyInspector(copying: take))
        exchange.freshConnection = true
        do {
            return try await reply(to: exchange)
        } catch {
            throw ClientError(error, at: address)
        }
    }

    private func exchange(_ head: HTTPRequest, body: [UInt8], silence: Duration) -> Exchange {
        var lines = HeaderLines()
        for field in head.headerFields { lines.append(name: field.name.rawName, value: field.value) }
        if let token { lines.append(name: "Authorization", value: "Bearer \(token.value)") }
        var exchange = Exchange(
            method: Exchange.Method(head.method), url: Array((address.base + (head.path ?? "/")).utf8), headers: lines,
            body: body.isEmpty ? .none : .bytes(body), responseTimeout: silence)
        exchange.slowestBytesPerSecond = 0
        return exchange
    }

    private func reply(to exchange: Exchange) async throws(TransportError) -> ServiceReply {
        let reply = try await transport.perform(exchange)
        var fields = HTTPFields()
        for (name, value) in reply.headers.fields {
            if let name = HTTPField.Name(name) { fields.append(HTTPField(name: name, value: value)) }
        }
        return ServiceReply(status: reply.status, headerFields: fields, body: reply.body)
    }
}

extension Exchange.Method {
    fileprivate init(_ method: HTTPRequest.Method) {
        self =
            switch method {
            case .post: .post
            case .put: .put
            case .patch: .patch
            case .delete: .delete
            default: .get
            }
    }
}
