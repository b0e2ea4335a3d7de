/// Takes `aws-chunked` framing apart, in pieces of any size.
///
///     400;chunk-signature=<64 digits>\r\n<1,024 bytes>\r\n ... 0;chunk-signature=...\r\n
///     x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:...\r\n\r\n
///
/// A value without I/O: `next` hands out what the bytes so far mean, one event a call.
struct ChunkedDecoder: Sendable {
    enum Event: Equatable {
        /// The next bytes of the current chunk's data, as a range of the piece.
        case data(Range<Int>)
        /// A chunk begins. An empty one is the last.
        case chunk(size: Int64, signature: String?)
        /// The chunk's data is complete.
        case chunkEnd
        /// `name` in lower case.
        case trailer(name: String, value: String)
        /// Nothing may follow.
        case end
    }

    private enum State: Equatable {
        case size
        case data(left: Int64)
        case dataEnd
        case trailers
        case done
    }

    private static let longestLine = 4096

    private var state: State = .size
    private var line: [UInt8] = []
    private var isChunkEndDue = false

    var isComplete: Bool { state == .done }

    /// The next event in `bytes` from `index` on, which moves behind it; nil when more bytes are needed.
    ///
    /// - Throws: IncompleteBody or MalformedTrailerError when the framing is broken.
    mutating func next(in bytes: UnsafeRawBufferPointer, from index: inout Int) throws(S3Failure) -> Event? {
        if isChunkEndDue {
            isChunkEndDue = false
            return .chunkEnd
        }
        switch state {
        case .data(let left):
            guard index < bytes.count else { return nil }
            let count = Int(min(left, Int64(bytes.count - index)))
            let range = index..<index + count
            index += count
            state = left == Int64(count) ? .dataEnd : .data(left: left - Int64(count))
            isChunkEndDue = left == Int64(count)
            return .data(range)
        case .done:
            guard index == bytes.count else { throw Self.broken("bytes behind the last chunk") }
            return nil
        case .size, .dataEnd, .trailers:
            guard let text = unsafe try takeLine(in: bytes, from: &index) else { return nil }
            return try read(line: text)
        }
    }

    private mutating func read(line text: String) throws(S3Failure) -> Event? {
        switch state {
        case .dataEnd:
            guard text.isEmpty else { throw Self.broken("a chunk is longer than its size") }
            state = .size
            // The empty line ended the chunk; an event is owed to the caller's loop, and an empty range is none.
            return .data(0..<0)
        case .size:
            let fields = text.split(separator: ";", omittingEmptySubsequences: false)
            guard let digits = fields.first, let size = Int64(digits, radix: 16), size >= 0 else {
                throw Self.broken("a chunk size cannot be read")
            }
            let extensions = fields.dropFirst().first { $0.hasPrefix("chunk-signature=") }
            state = size == 0 ? .trailers : .data(left: size)
            isChunkEndDue = size == 0
            return .chunk(size: size, signature: extensions.map { String($0.dropFirst(16)) })
        default:
            if text.isEmpty {
                state = .done
                return .end
            }
            guard let colon = text.firstIndex(of: ":") else { throw S3Failure(.malformedTrailer) }
            let value = text[text.index(after: colon)...].drop { $0 == " " }
            return .trailer(name: text[..<colon].lowercased(), value: String(value))
        }
    }

    /// A line without its CRLF; nil when it goes on in the next piece.
    private mutating func takeLine(
        in bytes: UnsafeRawBufferPointer, from index: inout Int
    ) throws(S3Failure) -> String? {
        while index < bytes.count {
            let byte = unsafe bytes[index]
            index += 1
            if byte == UInt8(ascii: "\n") {
                // Some writers end trailers with a bare line feed.
                if line.last == UInt8(ascii: "\r") { line.removeLast() }
                defer { line.removeAll(keepingCapacity: true) }
                return String(decoding: line, as: UTF8.self)
            }
            guard line.count < Self.longestLine else { throw Self.broken("a line of the framing is too long") }
            line.append(byte)
        }
        return nil
    }

    private static func broken(_ reason: String) -> S3Failure {
        S3Failure(.incompleteBody, "The request body terminated unexpectedly: \(reason)")
    }
}
