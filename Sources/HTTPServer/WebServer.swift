/// An HTTP/1.1 server on libmicrohttpd.
///
/// libmicrohttpd's threads read and send; a handler is an async function, during which its connection is suspended; one
/// thread of our own accepts, keeps the deadlines and stops the rest.
package final class WebServer: Sendable {
    private let context: ServerContext
    private let gatekeeper: Gatekeeper

    /// The port that it listens on; 0 for a Unix socket.
    package let port: UInt16

    /// Starts to listen; requests may come before this returns.
    ///
    /// - Throws: `ServerError` with `invalidConfiguration`, `cannotListen` or `cannotStart`.
    package init(configuration: ServerConfiguration, handler: any RequestHandler) throws(ServerError) {
        try configuration.validate()
        let listener =
            if let path = configuration.socketPath {
                try ListeningSocket(path: path)
            } else {
                try ListeningSocket(host: configuration.host, port: configuration.port)
            }
        port = listener.port
        context = ServerContext(configuration: configuration, handler: handler, wake: try WakeSignal())
        let daemons = try DaemonHandle(context: context, identity: configuration.identity)
        gatekeeper = Gatekeeper(context: context, daemons: daemons, listener: listener)
        try gatekeeper.start()
    }

    /// A server that is let go stops at once.
    deinit {
        gatekeeper.requestStop(grace: .zero)
    }

    /// Connections that are open now.
    package var openConnections: Int { context.connections.count }

    /// Whoever connects from now on meets this certificate. Connections that are open go on under the one that they met.
    ///
    /// - Throws: `cannotStart` when certificate and key can't be used; then all stays as it was.
    package func replaceIdentity(_ identity: ServerIdentity) throws(ServerError) {
        gatekeeper.replaceDaemons(try DaemonHandle(context: context, identity: identity))
    }

    /// Stops: takes no new connection, closes idle ones, and gives requests in flight up to `grace` to end; then all
    /// connections are closed. Returns when libmicrohttpd's threads have ended; it may be called again, also meanwhile.
    ///
    /// A stream's task is cancelled at once, so that one without an end can end itself; what it writes still goes through
    /// until the grace is over. A handler that is still running then is cancelled, and its answer is dropped.
    package func stop(grace: Duration) async {
        gatekeeper.requestStop(grace: grace)
        await gatekeeper.waitForEnd()
    }
}
