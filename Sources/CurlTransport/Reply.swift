/// What came back: any status is a reply, only a broken exchange is an error.
package struct Reply: Sendable {
    package let status: Int
    package let headers: ReplyHeaders
    /// What was collected: the body for `Sink.collect`, the error document for every status that is not 2xx.
    package let body: [UInt8]
    /// Body bytes.
    package let bytesSent: Int
    package let bytesReceived: Int
    /// False when this exchange opened its connection.
    package let reusedConnection: Bool
    /// From the moment the loop took the exchange up until the reply was complete.
    package let duration: Duration

    package init(
        status: Int, headers: ReplyHeaders, body: [UInt8] = [], bytesSent: Int = 0, bytesReceived: Int = 0,
        reusedConnection: Bool = false, duration: Duration = .zero
    ) {
        self.status = status
        self.headers = headers
        self.body = body
        self.bytesSent = bytesSent
        self.bytesReceived = bytesReceived
        self.reusedConnection = reusedConnection
        self.duration = duration
    }
}
