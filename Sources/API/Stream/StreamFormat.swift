package import Model

/// How a stream is written.
package enum StreamFormat: Sendable, Hashable {
    /// WHATWG HTML, "Server-sent events".
    case sse
    /// One JSON object a line.
    case ndjson
    /// Lines for people.
    case text

    package init(_ type: MediaType) {
        switch type {
        case .ndjson: self = .ndjson
        case .text: self = .text
        default: self = .sse
        }
    }

    package var mediaType: MediaType {
        switch self {
        case .sse: .eventStream
        case .ndjson: .ndjson
        case .text: .text
        }
    }

    /// One event; `data` writes one JSON value.
    package func event(
        _ name: EventName, id: Revision?, to writer: inout JSONWriter, data: (inout JSONWriter) -> Void
    ) {
        switch self {
        case .sse:
            if let id { writer.verbatim("id: \(id.rawValue)\n") }
            writer.verbatim("event: ")
            writer.verbatim(name.rawValue)
            writer.verbatim("\ndata: ")
            data(&writer)
            writer.verbatim("\n\n")
        case .ndjson, .text:
            writer.verbatim("{")
            if let id { writer.field("id", id.rawValue) }
            writer.field("event", name.rawValue)
            writer.name("data")
            data(&writer)
            writer.verbatim("}\n")
        }
    }

    /// What keeps a silent connection open; with `reached`, the reader goes on behind that revision when it comes back
    /// (an SSE block without data sets the last event id and dispatches nothing).
    package func heartbeat(reached: Revision?) -> [UInt8] {
        switch self {
        case .sse: Array((": \n" + (reached.map { "id: \($0.rawValue)\n" } ?? "") + "\n").utf8)
        case .ndjson, .text: [0x0A]
        }
    }
}
