/// Why an exchange brought no complete reply.
package struct TransportError: Error, Sendable, Equatable {
    /// What happened, and what who asked can do. Whether to retry is decided by the S3 client alone.
    package enum Code: Sendable, Equatable {
        /// The exchange cannot be sent as it stands: URL or header fields. A fault of the caller.
        case invalidRequest
        /// The host's name has no address (now).
        case resolve
        /// No connection: refused, unreachable, or not in time.
        case connect
        /// `TransportConfiguration.admits` takes none of the host's addresses.
        case refusedAddress
        /// No secure connection: unknown authority, wrong name, failed handshake. `caFile` may be missing.
        case tls
        /// Connected, but a byte, enough of them, or the whole took longer than allowed; `message` says which.
        case timeout
        /// The connection ended before a reply began or was broken in it. With `reusedConnection` it may have been
        /// closed by the store while idle, and the request never been read.
        case reset
        /// The reply ended before its announced length.
        case truncated
        /// The body's file could not be read, or ended early (then `errno` is 0).
        case sourceRead
        /// The reply could not be written to the caller's file (`errno`).
        case sinkWrite
        /// The reply is longer than its sink allows.
        case tooLarge
        /// The task that performed the exchange was cancelled.
        case cancelled
        /// The transport was stopped.
        case stopped
        /// Anything else; `curlCode` says what.
        case other
    }

    package let code: Code
    /// The CURLcode (libcurl-errors manual page), 0 when libcurl was not what ended the exchange.
    package let curlCode: Int
    /// The system's error number where one is known, else 0.
    package let errno: Int
    package let reusedConnection: Bool
    /// Body bytes that libcurl had taken.
    package let bytesSent: Int
    /// For logs and problem documents: holds no URL, query string or header field.
    package let message: String

    package init(
        code: Code, curlCode: Int = 0, errno: Int = 0, reusedConnection: Bool = false, bytesSent: Int = 0,
        message: String
    ) {
        self.code = code
        self.curlCode = curlCode
        self.errno = errno
        self.reusedConnection = reusedConnection
        self.bytesSent = bytesSent
        self.message = message
    }
}

extension TransportError: CustomStringConvertible {
    package var description: String {
        var facts = "\(code): \(message)"
        if curlCode != 0 { facts += " (curl \(curlCode))" }
        if errno != 0 { facts += " (errno \(errno))" }
        return facts
    }
}
