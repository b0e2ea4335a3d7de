import CurlTransport
internal import Metrics

/// What the exchanges with one store came to: counted for each attempt, at the price of a few relaxed additions.
package final class RequestFigures: Sendable {
    private static let operations = S3Operation.allCases
    /// Statuses that S3 and those before it give; others count by their hundreds.
    static let statuses = [
        200, 204, 206, 301, 304, 307, 308, 400, 401, 403, 404, 405, 409, 411, 412, 413, 416, 429, 500, 501, 502, 503,
        504,
    ]
    /// What `code` can be, by its index: statuses, their hundreds, and why there was none.
    static let codes: [String] =
        statuses.map(String.init) + ["1xx", "2xx", "3xx", "4xx", "5xx", "other"] + [
            "connect", "resolve", "tls", "timeout", "reset", "truncated", "cancelled", "local",
        ]

    private let requests = InlineArray<555, Counter> { _ in Counter() }
    private let durations = InlineArray<15, Histogram> { _ in Histogram(.exchanges) }
    private let sent = Counter()
    private let received = Counter()

    package init() {
        precondition(requests.count == Self.operations.count * Self.codes.count, "a table of another size")
        precondition(durations.count == Self.operations.count, "a table of another size")
    }

    func note(_ operation: S3Operation, _ reply: Reply) {
        count(operation, Self.index(ofStatus: reply.status))
        durations[operation.index].observe(reply.duration)
        sent.add(reply.bytesSent)
        received.add(reply.bytesReceived)
    }

    func note(_ operation: S3Operation, _ error: TransportError) {
        count(operation, Self.index(of: error.code))
        sent.add(error.bytesSent)
    }

    private func count(_ operation: S3Operation, _ code: Int) {
        requests[operation.index * Self.codes.count + code].add()
    }

    private static func index(ofStatus status: Int) -> Int {
        for (index, known) in statuses.enumerated() where known == status { return index }
        return statuses.count + ((1...5).contains(status / 100) ? status / 100 - 1 : 5)
    }

    private static func index(of code: TransportError.Code) -> Int {
        let first = statuses.count + 6
        return switch code {
        case .connect, .refusedAddress: first
        case .resolve: first + 1
        case .tls: first + 2
        case .timeout: first + 3
        case .reset: first + 4
        case .truncated: first + 5
        case .cancelled, .stopped: first + 6
        case .sourceRead, .sinkWrite, .tooLarge, .invalidRequest, .other: first + 7
        }
    }

    // MARK: Showing

    func forEachCount(_ body: (_ operation: S3Operation, _ code: String, _ count: Int) -> Void) {
        for operation in Self.operations {
            for (index, code) in Self.codes.enumerated() {
                let count = requests[operation.index * Self.codes.count + index].value
                if count > 0 { body(operation, code, count) }
            }
        }
    }

    func add(_ operation: S3Operation, _ labels: Exposition.Labels, to family: inout Exposition.Family) {
        if durations[operation.index].count > 0 { family.add(labels, durations[operation.index]) }
    }

    var bytes: (sent: Int, received: Int) { (sent.value, received.value) }
}
