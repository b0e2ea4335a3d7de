/// One event of an event stream (WHATWG HTML, 9.2 "Server-sent events").
struct ServerSentEvent: Sendable, Equatable {
    /// The field of this event itself, not the last one seen.
    var id: String?
    var name: String
    /// Its lines, joined by LF.
    var data: [UInt8]
}
