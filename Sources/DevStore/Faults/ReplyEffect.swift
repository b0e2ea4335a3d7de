import Glibc
import HTTPServer
import HTTPTypes

/// What a fault rule does to an answer that is ready.
enum ReplyEffect: Sendable {
    case cut(afterBytes: Int)
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
        } else if let drip = rule.drip {
            self = .drip(drip)
        } else if let whitespace = rule.whitespace {
            self = .whitespace(whitespace)
        } else {
            return nil
        }
    }

    /// - Parameter finished: called once, just before the last bytes go out.
    func response(
        _ response: ServerResponse, alarm: Alarm, finished: @escaping @Sendable () -> Void
    ) -> ServerResponse {
        var changed = response
        switch self {
        case .reset:
            finished()
            Self.close(response.body)
            changed.body = .stream { _ in throw Cut() }
        case .cut(let count):
            finished()
            changed.body = Self.shortened(response.body, to: count)
        case .drip(let drip):
            changed.body = .stream { writer in
                let source = ByteSource(response.body)
                let size = source.count
                var sent = 0
                while sent < size {
                    if sent > 0 { await alarm.sleep(.milliseconds(drip.everyMilliseconds)) }
                    let piece = source.bytes(from: sent, count: max(1, drip.bytes))
                    sent += piece.count
                    if sent >= size { finished() }
                    try await writer.write(piece)
                }
                if size == 0 { finished() }
            }
        case .whitespace(let whitespace):
            changed.status = .ok
            changed.body = .stream { writer in
                let source = ByteSource(response.body)
                let prologue = Array(XMLWriter.prologue.utf8)
                try await writer.write(prologue)
                for _ in 0..<whitespace.count {
                    await alarm.sleep(.milliseconds(whitespace.everyMilliseconds))
                    try await writer.write([UInt8(ascii: " ")])
                }
                finished()
                let document = source.bytes(from: 0, count: source.count)
                try await writer.write(Array(document.dropFirst(document.starts(with: prologue) ? prologue.count : 0)))
            }
        }
        return changed
    }

    /// A body that promises all its bytes but has only the first ones: the server then cuts the connection.
    private static func shortened(_ body: ResponseBody, to count: Int) -> ResponseBody {
        let source = ByteSource(body)
        let kept = source.bytes(from: 0, count: min(count, source.count))
        guard kept.count < source.count,
            let descriptor = try? ScratchFile.descriptor(holding: kept, size: Int64(kept.count))
        else { return .stream { _ in throw Cut() } }
        return .file(descriptor: descriptor, offset: 0, count: Int64(source.count))
    }

    private static func close(_ body: ResponseBody) {
        if case .file(let descriptor, _, _) = body { Glibc.close(descriptor) }
    }
}
