package import HTTPTypes

/// One request as a handler sees it, after its body has come.
package struct ServerRequest: Sendable {
    /// Method, header fields, and the target verbatim in `path`: with its query, percent-encoding untouched.
    package let head: HTTPRequest
    /// The collected body; empty when there was none or when it went to a sink.
    package let body: [UInt8]
    /// The client's numeric address without its port.
    package let remoteAddress: String

    package init(head: HTTPRequest, body: [UInt8] = [], remoteAddress: String = "") {
        self.head = head
        self.body = body
        self.remoteAddress = remoteAddress
    }
}
