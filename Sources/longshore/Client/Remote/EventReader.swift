import API
import HTTPTypes
import Synchronization

/// Reads a stream once, from its opening to its end.
struct EventReader: Sendable {
    /// How a stream came to its end.
    enum End: Sendable {
        /// The service ended it.
        case complete
        /// There is nothing behind the event that was read last: 204.
        case nothingLeft
        /// The service did not open it.
        case refused(ClientError)
        /// The connection broke.
        case cut(ClientError)
    }

    /// What may wait for a slow reader. Beyond it the stream is cut, and read again from the last event that was taken.
    private static let roomInBytes = 4 << 20

    let channel: any ServiceChannel

    /// Calls `body` with each event, in order, on the caller's task.
    ///
    /// - Parameter lastEventID: in: where to begin; out: up to where it was read, heartbeats included.
    func read(
        _ path: String, lastEventID: inout String?, _ body: (ServerSentEvent) async -> Void
    ) async -> End {
        var fields: HTTPFields = [.accept: "text/event-stream"]
        if let lastEventID { fields[.lastEventID] = lastEventID }
        let head = HTTPRequest(method: .get, scheme: nil, authority: nil, path: path, headerFields: fields)
        let (pieces, continuation) = AsyncStream.makeStream(of: [UInt8].self)
        let waiting = Waiting()
        var parser = EventParser()
        return await withTaskGroup(of: End.self) { group in
            group.addTask { [channel] in
                defer { continuation.finish() }
                do throws(ClientError) {
                    let reply = try await channel.stream(head) { bytes in
                        let count = waiting.add(bytes.count)
                        if count > Self.roomInBytes { continuation.finish() } else { continuation.yield(bytes) }
                    }
                    return Self.end(reply)
                } catch {
                    return .cut(error)
                }
            }
            for await piece in pieces {
                waiting.add(-piece.count)
                for event in parser.feed(piece) { await body(event) }
                lastEventID = parser.lastEventID ?? lastEventID
            }
            // Behind the last piece there is an end already, or no room was left: then it is cut.
            if waiting.add(0) > Self.roomInBytes { group.cancelAll() }
            return await group.next() ?? .complete
        }
    }

    /// Bytes that have come and were not read yet.
    private final class Waiting: Sendable {
        private let count = Atomic(0)

        /// How many there are then.
        @discardableResult func add(_ more: Int) -> Int { count.add(more, ordering: .relaxed).newValue }
    }

    private static func end(_ reply: ServiceReply) -> End {
        switch reply.status {
        case 200: .complete
        case 204: .nothingLeft
        default: .refused(Problem(reply).error)
        }
    }
}
