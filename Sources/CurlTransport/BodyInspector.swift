import CCurl

/// Sees a body as it arrives: for checksums over bytes on their way into a file, while they are in the cache, and for
/// replies that are read while they come.
///
/// Called on the loop's thread, piece by piece in their order, after each was written where it is; never for a reply that
/// is not 2xx. It holds up everything else on that loop, so it must be quick and must not block.
package final class BodyInspector: Sendable {
    private let body: @Sendable (_ headers: ReplyHeaders?, _ bytes: RawSpan) -> Void

    /// - Parameter body: gets the reply's headers together with the first piece.
    package init(_ body: @escaping @Sendable (_ headers: ReplyHeaders?, _ bytes: RawSpan) -> Void) {
        self.body = body
    }

    /// Gets a copy of each piece, without the headers.
    package convenience init(copying body: @escaping @Sendable ([UInt8]) -> Void) {
        self.init { _, bytes in body(unsafe bytes.withUnsafeBytes { unsafe Array($0) }) }
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
