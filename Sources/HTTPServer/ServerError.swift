/// Why a server, a body or a stream did not go on.
package struct ServerError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// The configuration cannot be used. Correct it.
        case invalidConfiguration
        /// The address cannot be listened on: taken, not ours, or not permitted.
        case cannotListen
        /// libmicrohttpd did not start: out of descriptors, threads or memory.
        case cannotStart
        /// The client closed its connection or broke the protocol.
        case clientLeft
        /// A deadline passed: a body that came too slowly, or a client that stopped reading.
        case timedOut
        /// The server stops.
        case stopped
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { "\(code.rawValue): \(message)" }
}
