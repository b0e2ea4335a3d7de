/// One HTTP request and how its reply is taken (RFC 9110's word for a request with its response).
///
/// A value: nothing happens until `Transport.perform` gets it, and it may be performed again.
package struct Exchange: Sendable {
    package enum Method: Sendable { case get, head, put, post, patch, delete }

    package enum Body: Sendable {
        case none
        case bytes([UInt8])
        case file(FileBody)
    }

    /// Where the body of a reply with a status of 2xx goes. The body of any other reply is an error document: its
    /// first 64 KiB are always collected, so that a refused download writes nothing into the caller's file.
    package enum Sink: Sendable {
        /// Into `Reply.body`; a longer body ends the exchange with `.tooLarge`.
        case collect(limitInBytes: Int)
        /// Written by `pwrite` from `offset` on, on the loop's thread; more than `limit` bytes end the exchange with
        /// `.tooLarge` and write nothing beyond. The caller keeps the descriptor open until `perform` has returned.
        case file(descriptor: Int32, offset: Int64, limit: Int64, inspector: BodyInspector? = nil)
        case discard
        /// Into `Reply.body`, whatever the status: where it is longer it is cut, the connection is closed, and that is all.
        case cut(limitInBytes: Int)
        /// Handed to the inspector as it comes and kept nowhere: for a reply without a known end.
        case stream(BodyInspector)
    }

    package var method: Method
    /// Absolute, `http` or `https`, visible ASCII, already percent-encoded; path and query are sent as they stand
    /// (`/a/../b` too). A user name or a fragment in it is refused.
    package var url: [UInt8]
    package var headers: HeaderLines
    package var body: Body
    package var sink: Sink
    /// Told while bytes move; nil when nobody looks.
    package var progress: ExchangeProgress?
    /// Of sending and of receiving, each. 0: no limit.
    package var maximumBytesPerSecond: Int
    /// Until the connection (with TLS) stands. Zero: no limit.
    package var connectTimeout: Duration
    /// How long no byte may move in either direction, from the start of the exchange on. Zero: no limit.
    package var responseTimeout: Duration
    /// The least that must move within two `responseTimeout`, on average and in both directions together: a reply that
    /// drips would go on for ever. 0: any byte will do.
    package var slowestBytesPerSecond = 1
    /// For the exchange as a whole, waiting for a free connection included. Zero: no limit.
    package var totalTimeout: Duration
    /// True opens a new connection: for the repetition of a request that a reused connection lost.
    package var freshConnection: Bool
    /// Called on the loop's thread once the exchange is over and libcurl has let go of it, just before its task is
    /// resumed: what another exchange waits for need not wait for that hop. Must be quick. Not called for an exchange
    /// that was refused or stopped before it reached a loop.
    package var whenOver: (@Sendable () -> Void)?

    package init(
        method: Method, url: [UInt8], headers: HeaderLines = HeaderLines(), body: Body = .none,
        sink: Sink = .collect(limitInBytes: 1 << 20), progress: ExchangeProgress? = nil,
        maximumBytesPerSecond: Int = 0, connectTimeout: Duration = .seconds(10),
        responseTimeout: Duration = .seconds(60), totalTimeout: Duration = .zero, freshConnection: Bool = false
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.sink = sink
        self.progress = progress
        self.maximumBytesPerSecond = maximumBytesPerSecond
        self.connectTimeout = connectTimeout
        self.responseTimeout = responseTimeout
        self.totalTimeout = totalTimeout
        self.freshConnection = freshConnection
    }
}
