import FoundationEssentials
import HTTPServer
import HTTPTypes

/// `/__devstore/...`: how another process watches the store and makes it fail. Not part of S3, and never signed.
///
/// - `GET stats` is `StoreStatistics`; with `?reset` it also begins anew.
/// - `POST faults` (or `PUT`) takes `{"rules": [FaultRule], "ordered": bool, "seed": n, "latency_ms": x}`, each of which may be left
///   out; `DELETE faults` ends all of them; `GET faults` tells how often each rule was used and what is held.
/// - `POST release` lets go of requests that are held.
extension StoreService {
    private struct FaultRequest: Codable {
        var rules: [FaultRule]?
        var ordered: Bool?
        var seed: UInt64?
        var latencyMilliseconds: Double?

        private enum CodingKeys: String, CodingKey {
            case rules, ordered, seed
            case latencyMilliseconds = "latency_ms"
        }
    }

    private struct FaultReport: Codable {
        var uses: [Int]
        var held: Int
    }

    func isControl(_ head: HTTPRequest) -> Bool {
        configuration.hasControlRoutes && head.path?.hasPrefix("/__devstore/") == true
    }

    func control(_ request: ServerRequest) -> ServerResponse {
        let target = request.head.path ?? ""
        let path = target.prefix { $0 != "?" }
        switch (request.head.method, path.dropFirst("/__devstore/".count)) {
        case (.get, "stats"):
            var statistics = meter.snapshot()
            statistics.connections = connections
            if target.dropFirst(path.count + 1).split(separator: "&").contains("reset") { meter.reset() }
            return Self.json(statistics)
        case (.get, "faults"):
            return Self.json(FaultReport(uses: faults.uses, held: faults.heldCount))
        case (.post, "faults"), (.put, "faults"):
            return setFaults(request.body)
        case (.delete, "faults"):
            faults.set([])
            faults.latency = .zero
            return ServerResponse(status: .noContent)
        case (.post, "release"):
            faults.release()
            return ServerResponse(status: .noContent)
        default:
            return ServerResponse(status: .notFound)
        }
    }

    private func setFaults(_ body: [UInt8]) -> ServerResponse {
        do {
            let wanted = try JSONDecoder().decode(FaultRequest.self, from: Data(body))
            if let rules = wanted.rules {
                faults.set(rules, isOrdered: wanted.ordered ?? false, seed: wanted.seed ?? 0)
            }
            if let latency = wanted.latencyMilliseconds {
                faults.latency = .microseconds(Int64(max(0, latency) * 1000))
            }
            return ServerResponse(status: .noContent)
        } catch {
            return Self.text(.badRequest, "\(error)\n")
        }
    }

    private static func json(_ value: some Encodable) -> ServerResponse {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else { return text(.internalServerError, "not encodable\n") }
        return ServerResponse(
            status: .ok, headerFields: [.contentType: "application/json"], body: .bytes(Array(data)))
    }

    private static func text(_ status: HTTPResponse.Status, _ text: String) -> ServerResponse {
        ServerResponse(status: status, headerFields: [.contentType: "text/plain"], body: .bytes(Array(text.utf8)))
    }
}
