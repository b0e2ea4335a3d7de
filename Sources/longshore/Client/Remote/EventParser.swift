/// Bytes in, events out (WHATWG HTML, 9.2.6 "Interpreting an event stream"). The bytes may be cut anywhere; lines end
/// with CR LF, LF or CR.
struct EventParser {
    /// Of the newest event or heartbeat that carried one: what `Last-Event-ID` says when the stream is opened again.
    private(set) var lastEventID: String?
    private var line: [UInt8] = []
    private var endedWithReturn = false
    private var id: String?
    private var name: String?
    private var data: [UInt8]?

    mutating func feed(_ bytes: [UInt8]) -> [ServerSentEvent] {
        var events: [ServerSentEvent] = []
        for byte in bytes {
            let belongsToReturn = endedWithReturn && byte == UInt8(ascii: "\n")
            endedWithReturn = byte == UInt8(ascii: "\r")
            if belongsToReturn { continue }
            if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
                if let event = endLine() { events.append(event) }
            } else {
                line.append(byte)
            }
        }
        return events
    }

    private mutating func endLine() -> ServerSentEvent? {
        defer { line.removeAll(keepingCapacity: true) }
        if line.isEmpty { return dispatch() }
        let colon = line.firstIndex(of: UInt8(ascii: ":"))
        var value = colon.map { line[($0 + 1)...] } ?? []
        if value.first == 0x20 { value.removeFirst() }
        switch String(decoding: line[..<(colon ?? line.endIndex)], as: UTF8.self) {
        case "event": name = String(decoding: value, as: UTF8.self)
        case "data":
            if data == nil { data = Array(value) } else { data?.append(contentsOf: [UInt8(ascii: "\n")] + value) }
        case "id" where !value.contains(0): id = String(decoding: value, as: UTF8.self)
        // A comment has an empty name; other fields have no meaning here.
        default: break
        }
        return nil
    }

    private mutating func dispatch() -> ServerSentEvent? {
        defer { (id, name, data) = (nil, nil, nil) }
        if let id { lastEventID = id }
        guard let data else { return nil }
        return ServerSentEvent(id: id, name: name ?? "message", data: data)
    }
}
