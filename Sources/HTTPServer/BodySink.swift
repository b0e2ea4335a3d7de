/// Where a streamed request body goes.
///
/// The calls come one after another, but not always on one thread. While one runs, the other connections of its
/// thread wait: `receive` may block on a disk, never on anything slower.
package protocol BodySink: AnyObject, Sendable {
    /// Takes the next bytes, on libmicrohttpd's thread. They are valid during the call only.
    ///
    /// - Throws: anything; it ends the body with that error, and the bytes that still come are dropped.
    func receive(_ bytes: UnsafeRawBufferPointer) throws

    /// The body is complete (`nil`), or ended early: the sink's own error, or a `ServerError` when the client left, was
    /// too slow or the server stops. Called exactly once, before the handler, which is called only when the client is
    /// still there.
    func finish(error: (any Error)?)
}
