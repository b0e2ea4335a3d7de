import Model
import S3Client
import SigV4
import Synchronization

/// A place of credentials that answers what the test told it, the last thing again and again.
final class ScriptedSource: CredentialsSource {
    enum Step: Sendable {
        /// The lifetime in seconds counts from the clock's start.
        case key(String, lifetime: Int64? = nil)
        case nothing
        case failure(String)
    }

    private struct State {
        var steps: [Step]
        var loads = 0
        var isHeld = false
        var holders: [CheckedContinuation<Void, Never>] = []
        var watchers: [CheckedContinuation<Void, Never>] = []
    }

    let name: String
    let isStable: Bool
    private let state: Mutex<State>

    init(_ steps: [Step], name: String = "the test", isStable: Bool = false) {
        self.name = name
        self.isStable = isStable
        state = Mutex(State(steps: steps))
    }

    /// How often it was asked.
    var loads: Int { state.withLock { $0.loads } }

    /// From here on answers wait for `release`.
    func hold() { state.withLock { $0.isHeld = true } }

    func release() {
        let holders = state.withLock { state in
            state.isHeld = false
            defer { state.holders = [] }
            return state.holders
        }
        for holder in holders { holder.resume() }
    }

    /// Returns when a load is being held.
    func holds() async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.holders.isEmpty { state.watchers.append(continuation) }
                return !state.holders.isEmpty
            }
            if isThere { continuation.resume() }
        }
    }

    func load() async throws(CredentialsError) -> CredentialsAnswer {
        let step = state.withLock { state in
            state.loads += 1
            return state.steps.count > 1 ? state.steps.removeFirst() : state.steps[0]
        }
        await withCheckedContinuation { continuation in
            let (isFree, watchers) = state.withLock { state in
                guard state.isHeld else { return (true, [CheckedContinuation<Void, Never>]()) }
                state.holders.append(continuation)
                defer { state.watchers = [] }
                return (false, state.watchers)
            }
            for watcher in watchers { watcher.resume() }
            if isFree { continuation.resume() }
        }
        switch step {
        case .nothing: return .nothing("empty")
        case .failure(let message): throw CredentialsError(message)
        case .key(let id, let lifetime):
            let start = ManualEnvironment.start.microseconds / 1_000_000
            return .found(
                Credentials(
                    accessKeyID: id, secretAccessKey: "hush",
                    expiration: lifetime.map { SigningTime(secondsSince1970: start + $0) }))
        }
    }
}
