import HTTPServer
import HTTPTypes

/// What a fault rule does to an answer that is ready.
enum ReplyEffect: Sendable {
    case cut(afterBytes: Int)
    case corrupt(byte: Int)
    /// The connection ends, and no answer can be read.
    case reset
    case drip(FaultRule.Drip)
    case whitespace(FaultRule.Whitespace)

    /// The connection is to be cut here; thrown out of a streamed body.
    struct Cut: Error {}

    /// Nil when the rule leaves the answer alone.
    init?(_ rule: FaultRule) {
        if rule.reset {
            self = .reset
        } else if let count = rule.cutAfterBytes {
            self = .cut(afterBytes: count)
        } else if let offset = rule.corruptByte {
            self = .corrupt(byte: offset)
        } else if let drip = rule.drip {
            self = .drip(drip)
        } else if let whitespace = rule.whitespace {
            self = .whitespace(whitespace)
        } else {
            return nil
        }
    }

    /// - Parameter finished: called just before the last bytes go out, or when the answer is dropped; also twice.
    func response(
        _ response: ServerResponse, alarm: Alarm, finished: @escaping @Sendable () -> Void
    ) -> ServerResponse {
        let token = EndToken(finished)
        let source = ByteSource(response.body)
        var changed = response
        switch self {
        case .reset:
            changed.body = .disconnect
        case .cut where source.count == 0, .corrupt where source.count == 0, .drip where source.count == 0,
            .whitespace where source.count == 0:
            break
        case .cut(let count):
            changed.headerFields[.contentLength] = "\(source.count)"
            changed.body = .stream { writer in
                token.end()
                try await Self.send(source, upTo: count, to: writer)
                if count < source.count { throw Cut() }
            }
        case .corrupt(let offset):
            changed.headerFields[.contentLength] = "\(source.count)"
            changed.body = .stream { writer in
                try await Self.send(source, upTo: source.count, corrupting: offset, to: writer) { token.end() }
            }
        case .drip(let drip):
            changed.headerFields[.contentLength] = "\(source.count)"
            changed.body = .stream { writer in
                var sent = 0
                while sent < source.count {
                    if sent > 0 { await alarm.sleep(.milliseconds(drip.everyMilliseconds)) }
                    let piece = source.bytes(from: sent, count: max(1, drip.bytes))
                    sent += piece.count
                    if sent >= source.count { token.end() }
                    try await writer.write(piece)
                }
            }
        case .whitespace(let whitespace):
            changed.status = .ok
            changed.body = .stream { writer in
                try await Self.sendWhitespace(whitespace, to: writer, alarm)
                token.end()
                let document = source.bytes(from: 0, count: source.count)
                try await writer.write(Array(document.dropFirst(XMLWriter.prologue.utf8.count)))
            }
        }
        return changed
    }

    private static func send(_ source: ByteSource, upTo count: Int, to writer: ResponseWriter) async throws {
        var sent = 0
        while sent < min(count, source.count) {
            let piece = source.bytes(from: sent, count: min(count - sent, 64 << 10))
            sent += piece.count
            try await writer.write(piece)
        }
    }

    private static func send(
        _ source: ByteSource, upTo count: Int, corrupting offset: Int, to writer: ResponseWriter,
        beforeLast: () -> Void
    ) async throws {
        var sent = 0
        while sent < count {
            var piece = source.bytes(from: sent, count: min(count - sent, 64 << 10))
            if piece.indices.contains(offset - sent) { piece[offset - sent] ^= 1 }
            sent += piece.count
            if sent >= count { beforeLast() }
            try await writer.write(piece)
        }
    }

    /// The prologue comes first, so that what follows is one document.
    private static func sendWhitespace(
        _ whitespace: FaultRule.Whitespace, to writer: ResponseWriter, _ alarm: Alarm
    ) async throws {
        try await writer.write(Array(XMLWriter.prologue.utf8))
        for _ in 0..<whitespace.count {
            await alarm.sleep(.milliseconds(whitespace.everyMilliseconds))
            try await writer.write([UInt8(ascii: " ")])
        }
    }
}
