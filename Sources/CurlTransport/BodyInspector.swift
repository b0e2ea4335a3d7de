import CCurl

/// Sees a body on its way into a file: for checksums over the bytes as they arrive, while they are in the cache.
///
/// Called on the loop's thread, piece by piece in their order, after each was written; never for a reply that is not 2xx.
/// It holds up everything else on that loop, so it must be quick and must not block.
package final class BodyInspector: Sendable {
    private let body: @Sendable (_ headers: ReplyHeaders?, _ bytes: RawSpan) -> Void

    /// - Parameter body: gets the reply's headers together with the first piece.
    package init(_ body: @escaping @Sendable (_ headers: ReplyHeaders?, _ bytes: RawSpan) -> Void) {
        self.body = body
    }

    /// Unsafe: the context is an inspector that the running exchange holds; both buffers are libcurl's and valid for
    /// the call.
    static let callback: ccurl_inspect = { context, block, blockCount, bytes, count in
        guard let context = unsafe context else { return }
        let inspector = unsafe Unmanaged<BodyInspector>.fromOpaque(context).takeUnretainedValue()
        let headers = unsafe block.map { block in
            unsafe ReplyHeaders(block: Array(UnsafeBufferPointer(start: block, count: blockCount)))
        }
        unsafe inspector.body(headers, UnsafeRawBufferPointer(start: bytes, count: count).bytes)
    }
}
