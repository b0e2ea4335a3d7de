/// Where an object's bytes go.
package enum ObjectSink: Sendable {
    /// Into memory; a longer object is an error.
    case collect(limitInBytes: Int)
    /// Written from `offset` on, on the transport's thread; more than `limit` bytes are an error. The caller keeps the
    /// descriptor open until the operation has returned. A repeated attempt writes the same place again.
    case file(descriptor: Int32, offset: Int64, limit: Int64)
}
