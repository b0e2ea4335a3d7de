import Model
import Synchronization
import Transfers

/// What is in flight of one job: known in memory only, so that a moving byte costs no write.
final class LiveTable: Sendable {
    private struct State {
        var requests: [ObjectIdentifier: RequestInFlight] = [:]
        /// Acknowledged since the run began; with what is in flight it is what the meter samples.
        var acknowledgedBytes: Int64 = 0
        var meter = RateMeter()
    }

    private let state = Mutex(State())

    func began(_ request: RequestInFlight) {
        state.withLock { $0.requests[ObjectIdentifier(request)] = request }
    }

    func ended(_ request: RequestInFlight, acknowledgedBytes: Int64) {
        state.withLock { state in
            state.requests[ObjectIdentifier(request)] = nil
            state.acknowledgedBytes += acknowledgedBytes
        }
    }

    func sample(at time: ContinuousClock.Instant) {
        state.withLock { state in
            let bytes = state.requests.values.reduce(state.acknowledgedBytes) { $0 + $1.bytesSent }
            state.meter.sample(bytes: bytes, at: time)
        }
    }

    /// By file and part number.
    func parts() -> [LivePart] {
        let requests = state.withLock { Array($0.requests.values) }
        return requests.map { request in
            LivePart(
                file: request.file, path: request.path, number: request.number, range: request.range,
                bytesSent: request.bytesSent, attempt: request.attempt, isMultipart: request.isMultipart)
        }.sorted { ($0.file, $0.number) < ($1.file, $1.number) }
    }

    func summary() -> LiveState {
        state.withLock { state in
            var live = LiveState()
            // As the list of files has it: those that are only prepared are still pending.
            live.filesInFlight = Set(state.requests.values.map(\.file)).count
            live.hasBegunRequests = !state.requests.isEmpty
            for request in state.requests.values {
                live.bytesInFlight += request.bytesSent
                if request.isMultipart { live.partsInFlight += 1 }
            }
            live.bytesPerSecond = state.meter.bytesPerSecond
            return live
        }
    }
}
