/// What a server listens on and how much it lets its clients take.
///
/// Every limit is for one connection unless it says otherwise. The deadlines are ours, not libmicrohttpd's, whose
/// time-out only counts inactivity and so never cuts a client that sends one byte at a time.
package struct ServerConfiguration: Sendable {
    /// A numeric address, IPv4 or IPv6 without brackets. No name is ever resolved.
    package var host: String
    /// 0 asks the system for any free port; `WebServer.port` then tells which one.
    package var port: UInt16
    /// A Unix socket's path, in place of host and port. Its mode is 0660.
    package var socketPath: String?
    /// Nil: HTTP without TLS.
    package var identity: ServerIdentity?
    /// Threads of libmicrohttpd, each with its own epoll set. Connections are spread over them by the listening socket.
    package var threads: Int
    /// Connections open at once, of all threads together; beyond it a client waits in the listen backlog.
    package var maximumConnections: Int = 4096
    /// Whether such a client is told 503 in place of waiting: a health check must not hang behind a crowd of streams.
    package var refusesBeyondLimit = false
    /// The request line and all header fields together, in bytes; more is answered with 431.
    package var maximumHeaderBytes: Int = 16 * 1024
    /// What libmicrohttpd reads at once from a connection beside the head, in bytes. It is also the memory that an open
    /// stream holds, so it is small; a server that takes large bodies reads faster with 128 KiB or more.
    package var readBufferInBytes: Int = 8 * 1024
    /// From the first byte of a request to the end of its head.
    package var headerDeadline: Duration = .seconds(10)
    /// What a body may take before `minimumBodyRate` counts.
    package var bodyGrace: Duration = .seconds(30)
    /// After `bodyGrace` a body must have come at least this fast since it began, in bytes per second.
    package var minimumBodyRate: Int = 4 * 1024
    /// How long a connection may be open between two requests, and how long a client may stop reading an answer.
    package var idleTimeout: Duration = .seconds(60)
    /// Accepted bytes of one stream that wait for the socket; `ResponseWriter.write` waits beyond it.
    package var streamBufferInBytes: Int = 16 * 1024

    package init(host: String = "127.0.0.1", port: UInt16 = 0, threads: Int = 2) {
        self.host = host
        self.port = port
        self.threads = threads
    }
}

extension ServerConfiguration {
    func validate() throws(ServerError) {
        func require(_ holds: Bool, _ message: String) throws(ServerError) {
            if !holds { throw ServerError(.invalidConfiguration, message) }
        }
        try require((1...256).contains(threads), "threads must be 1 to 256")
        try require(maximumConnections > 0, "maximumConnections must be positive")
        try require((1024...(1 << 20)).contains(maximumHeaderBytes), "maximumHeaderBytes must be 1 KiB to 1 MiB")
        try require((4096...(1 << 24)).contains(readBufferInBytes), "readBufferInBytes must be 4 KiB to 16 MiB")
        try require((1...(1 << 24)).contains(streamBufferInBytes), "streamBufferInBytes must be 1 to 16 MiB")
        try require((0...(1 << 30)).contains(minimumBodyRate), "minimumBodyRate must be 0 to 1 GiB per second")
        let deadlines = [headerDeadline, bodyGrace, idleTimeout]
        try require(deadlines.allSatisfy { $0 > .zero }, "deadlines must be positive")
    }
}
