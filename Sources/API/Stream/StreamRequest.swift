package import Model

/// What a reader of a stream asks for.
package struct StreamRequest: Sendable, Equatable {
    /// The last revision that the reader has; nil when it has none.
    package var after: Revision?
    package var filter: EventFilter
    package var format: StreamFormat
    package var interval: Duration

    /// - Parameters:
    ///   - lastEventID: of the header field, which wins over `?after=` because it is the newer one.
    ///   - accept: the `Accept` field.
    package init(
        query text: String, lastEventID: String?, accept: String?, configuration: APIConfiguration
    ) throws(ProblemDetails) {
        var query = try QueryReader(text)
        var after = try query.integer("after", least: 0)
        if let lastEventID, !lastEventID.isEmpty {
            guard let id = QueryReader.decimal(lastEventID) else {
                throw .invalidQuery("Last-Event-ID", "must be a whole number")
            }
            after = id
        }
        self.after = after.map(Revision.init)
        filter = if let types = try query.string("types") { try EventFilter(types) } else { .all }
        let milliseconds = try query.integer("interval_ms", least: 0)
        let range = configuration.intervals
        let asked = milliseconds.map { Duration.milliseconds(min($0, 1_000_000)) } ?? configuration.defaultInterval
        interval = min(max(asked, range.lowerBound), range.upperBound)
        // It has opened the stream already.
        _ = try query.string(Self.ticketName)
        try query.finish()
        format = StreamFormat(Accept.choose(accept, from: [.eventStream, .ndjson, .text]))
    }

    private static let ticketName = "ticket"

    /// What stands in for a token where no header field can be sent.
    static func ticket(in text: String) throws(ProblemDetails) -> String? {
        var query = try QueryReader(text)
        return try query.string(ticketName)
    }
}
