/// The bytes of a streamed answer between its writer and the socket, in order.
///
/// Chunks are kept as they were written and not copied, so that one event that goes to many readers is one array.
struct StreamBuffer {
    private var chunks: [[UInt8]] = []
    /// Index of the first chunk that has bytes left, and how many of its bytes are gone.
    private var first = 0
    private var offset = 0
    private(set) var count = 0

    mutating func append(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        chunks.append(bytes)
        count += bytes.count
    }

    /// Hands out at most `maximum` bytes, piece by piece, and forgets them. The place is where in those bytes a piece
    /// begins.
    ///
    /// - Returns: how many bytes it handed out.
    mutating func take(_ maximum: Int, _ body: (_ piece: ArraySlice<UInt8>, _ place: Int) -> Void) -> Int {
        var taken = 0
        while taken < maximum, first < chunks.count {
            let chunk = chunks[first]
            let end = min(chunk.count, offset + maximum - taken)
            body(chunk[offset..<end], taken)
            taken += end - offset
            offset = end
            if offset == chunk.count {
                chunks[first] = []
                first += 1
                offset = 0
            }
        }
        if first == chunks.count {
            chunks.removeAll(keepingCapacity: true)
            first = 0
        } else if first > 64, first > chunks.count / 2 {
            chunks.removeFirst(first)
            first = 0
        }
        count -= taken
        return taken
    }

    mutating func removeAll() {
        self = StreamBuffer()
    }
}
