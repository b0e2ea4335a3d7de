/// Where an object's bytes go.
package enum ObjectSink: Sendable {
    /// Sees the bytes as they are written, on the transport's thread: it must be quick. With the first of them comes
    /// what the reply says of the object. A repeated attempt begins again; an object without bytes is never seen.
    package typealias Inspect = @Sendable (_ object: ObjectDescription?, _ bytes: RawSpan) -> Void

    /// Into memory; a longer object is an error.
    case collect(limitInBytes: Int)
    /// Written from `offset` on, on the transport's thread; more than `limit` bytes are an error. The caller keeps the
    /// descriptor open until the operation has returned. A repeated attempt writes the same place again.
    case file(descriptor: Int32, offset: Int64, limit: Int64, inspect: Inspect? = nil)
}
