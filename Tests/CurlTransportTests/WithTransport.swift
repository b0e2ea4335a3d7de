import CurlTransport

/// A transport for the time of `body`, stopped afterwards.
func withTransport<Value>(
    loops: Int = 1, connectionsPerLoop: Int = 64, configure: (inout TransportConfiguration) -> Void = { _ in },
    _ body: (Transport) async throws -> Value
) async throws -> Value {
    var configuration = TransportConfiguration()
    configuration.loops = loops
    configuration.connectionsPerLoop = connectionsPerLoop
    // A busy machine must not make a connection too old between two steps of a test.
    configuration.maximumConnectionAge = .seconds(600)
    configure(&configuration)
    let transport = try Transport(configuration: configuration)
    do {
        let value = try await body(transport)
        await transport.stop()
        return value
    } catch {
        await transport.stop()
        throw error
    }
}

/// The error that an exchange ends with, or nil when it has a reply.
func error(of exchange: Exchange, over transport: Transport) async -> TransportError? {
    do throws(TransportError) {
        _ = try await transport.perform(exchange)
        return nil
    } catch {
        return error
    }
}
