import CMicrohttpd

/// An HTTP/1.1 server on libmicrohttpd.
package final class WebServer: Sendable {
    /// Starts to listen; requests may come before this returns.
    package init(configuration: ServerConfiguration, handler: any RequestHandler) throws(ServerError) {
        throw ServerError(.cannotStart, "no daemon")
    }

    /// The port that it listens on.
    package var port: UInt16 { 0 }

    /// Connections that are open now.
    package var openConnections: Int { 0 }

    /// Stops listening, lets requests in flight end for up to `grace`, ends streams, and closes every connection.
    package func stop(grace: Duration) async {}
}
