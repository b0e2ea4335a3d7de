import Foundation
import HTTPServer
import HTTPTypes
import Synchronization

/// What a request was answered with.
struct Answer: Sendable {
    let response: ServerResponse

    init(_ response: ServerResponse) { self.response = response }

    var status: Int { response.status.code }

    subscript(_ name: HTTPField.Name) -> String? { response.headerFields[name] }

    var bytes: [UInt8] {
        if case .bytes(let bytes) = response.body { return bytes }
        return []
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    func json() throws -> [String: Any] { try Samples.object(bytes) }

    func code() throws -> String { try json()["code"] as? String ?? "" }

    /// Runs a streamed body to its end.
    func stream() async throws -> [UInt8] {
        guard case .stream(let run) = response.body else { return [] }
        let sink = Sink()
        try await run(ResponseWriter { sink.append($0) })
        return sink.bytes
    }

    /// Runs a streamed body until it ends or `enough` says so of what came.
    func stream(until enough: @escaping @Sendable ([UInt8]) -> Bool) async throws -> [UInt8] {
        guard case .stream(let run) = response.body else { return [] }
        let sink = Sink()
        do {
            try await run(
                ResponseWriter { bytes in
                    sink.append(bytes)
                    if enough(sink.bytes) { throw ServerError(.clientLeft, "the test has enough") }
                })
        } catch is ServerError {}
        return sink.bytes
    }

    private final class Sink: Sendable {
        private let state = Mutex<[UInt8]>([])
        var bytes: [UInt8] { state.withLock { $0 } }
        func append(_ bytes: [UInt8]) { state.withLock { $0 += bytes } }
    }
}

/// One event of a stream, as a reader of Server-Sent Events takes it apart.
struct StreamedEvent {
    let id: Int64?
    let name: String
    let data: [String: Any]

    static func parse(_ bytes: [UInt8]) throws -> [StreamedEvent] {
        try String(decoding: bytes, as: UTF8.self).components(separatedBy: "\n\n").compactMap { block in
            var fields: [String: String] = [:]
            for line in block.split(separator: "\n") where !line.hasPrefix(":") {
                let halves = line.split(separator: ":", maxSplits: 1)
                fields[String(halves[0])] = halves.count == 2 ? String(halves[1].dropFirst()) : ""
            }
            guard let name = fields["event"], let data = fields["data"] else { return nil }
            return StreamedEvent(
                id: fields["id"].flatMap { Int64($0) }, name: name, data: try Samples.object(Array(data.utf8)))
        }
    }
}
