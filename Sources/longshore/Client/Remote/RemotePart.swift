import API

/// A part in flight.
struct RemotePart: Sendable, Equatable {
    let path: String
    let number: Int
    let size: Int64
    let bytesSent: Int64

    init(path: String, number: Int, size: Int64, bytesSent: Int64) {
        self.path = path
        self.number = number
        self.size = size
        self.bytesSent = bytesSent
    }

    init?(_ value: JSONValue) {
        guard let path = value["path"]?.text, let number = value["part_number"]?.integer else { return nil }
        self.init(
            path: path, number: Int(number), size: value["size"]?.integer ?? 0,
            bytesSent: value["bytes_sent"]?.integer ?? 0)
    }
}
