package import HTTPTypes

/// An answer. The server adds `Date`, and `Content-Length`, `Transfer-Encoding` and `Connection` from the body: a
/// handler sets none of them, except `Content-Length` on the answer to HEAD when its body is empty and on a stream
/// of known length, and `Connection: close`.
package struct ServerResponse: Sendable {
    package var status: HTTPResponse.Status
    package var headerFields: HTTPFields
    package var body: ResponseBody

    package init(status: HTTPResponse.Status, headerFields: HTTPFields = [:], body: ResponseBody = .empty) {
        self.status = status
        self.headerFields = headerFields
        self.body = body
    }
}
