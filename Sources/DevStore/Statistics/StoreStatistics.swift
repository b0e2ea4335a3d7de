/// What the store has seen since it started or was reset: `GET /__devstore/stats` as JSON.
package struct StoreStatistics: Sendable, Codable {
    /// Requests in flight: from a request's head (or, without a body, its handling) to just before its answer is sent,
    /// so that a client which waits for the answer never seems to have more in flight than it has.
    package struct InFlight: Sendable, Codable {
        package var now = 0
        package var highest = 0
        /// Over the time in which there was any.
        package var average = 0.0
        package var busySeconds = 0.0

        private enum CodingKeys: String, CodingKey {
            case now, highest, average
            case busySeconds = "busy_seconds"
        }
    }

    /// Requests that were answered, by operation.
    package var requests: [String: Int] = [:]
    /// Of these the ones that ended in an error, by its code.
    package var errors: [String: Int] = [:]
    /// Clients that left before their body had come.
    package var abandoned = 0
    /// Bytes of objects and parts, without framing and headers.
    package var bytesReceived: Int64 = 0
    package var bytesSent: Int64 = 0
    package var inFlight = InFlight()
    package var buckets: [String: InFlight] = [:]
    /// Connections open now, of idle clients, too.
    package var connections = 0

    package var total: Int { requests.values.reduce(0, +) }

    package func count(_ operation: S3Operation) -> Int { requests[operation.rawValue] ?? 0 }

    private enum CodingKeys: String, CodingKey {
        case requests, errors, abandoned, buckets, connections
        case bytesReceived = "bytes_received"
        case bytesSent = "bytes_sent"
        case inFlight = "in_flight"
    }
}
