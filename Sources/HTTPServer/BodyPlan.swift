/// What happens to a request's body. The route chooses after the head, before any byte of the body is read.
package enum BodyPlan: Sendable {
    /// Kept in memory. One that says in `Content-Length` that it is larger is answered with 413 at once; a chunked one
    /// that grows larger has its connection closed, because libmicrohttpd takes no answer while a body comes.
    case collect(limitInBytes: Int)
    /// Handed to the sink while it comes, of any size.
    case stream(any BodySink)
    /// Answered without reading the body; the connection closes when one was coming.
    case refuse(ServerResponse)
}
