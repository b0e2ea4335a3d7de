internal import Metrics

/// How many read streams now.
final class StreamReaders: Sendable {
    private let sse = Level()
    private let ndjson = Level()
    private let text = Level()

    var count: Int { sse.value + ndjson.value + text.value }

    /// Counts the reader for as long as `body` runs.
    func counting<Value>(_ format: StreamFormat, _ body: () async throws -> Value) async rethrows -> Value {
        raise(format)
        defer { lower(format) }
        return try await body()
    }

    private func raise(_ format: StreamFormat) {
        switch format {
        case .sse: sse.raise()
        case .ndjson: ndjson.raise()
        case .text: text.raise()
        }
    }

    private func lower(_ format: StreamFormat) {
        switch format {
        case .sse: sse.lower()
        case .ndjson: ndjson.lower()
        case .text: text.lower()
        }
    }

    func write(to exposition: inout Exposition) {
        exposition.gauge("longshore_stream_readers", "Open streams, by their format.") { family in
            family.add([("format", "sse")], sse.value)
            family.add([("format", "ndjson")], ndjson.value)
            family.add([("format", "text")], text.value)
        }
    }
}
