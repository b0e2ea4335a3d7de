import Synchronization

/// Counts free places that tasks wait for, first come, first served. The number of places may change while it is used:
/// lowered, it takes effect as places come back.
package final class PlaceCounter: Sendable {
    private struct State {
        var places: Int
        var taken = 0
        var nextID: UInt64 = 0
        /// In order of their ids; a waiter that gave up is simply missing.
        var first: UInt64 = 0
        var waiters: [UInt64: CheckedContinuation<Void, any Error>] = [:]

        mutating func wake() -> [CheckedContinuation<Void, any Error>] {
            var woken: [CheckedContinuation<Void, any Error>] = []
            while taken < places, !waiters.isEmpty {
                if let continuation = waiters.removeValue(forKey: first) {
                    taken += 1
                    woken.append(continuation)
                }
                first += 1
            }
            return woken
        }
    }

    private let state: Mutex<State>

    package init(places: Int) { state = Mutex(State(places: places)) }

    package var taken: Int { state.withLock { $0.taken } }
    /// How many tasks wait for a place.
    package var waiting: Int { state.withLock { $0.waiters.count } }

    /// - Throws: `CancellationError`; then no place is held.
    package func take() async throws {
        let isFree = state.withLock { state in
            guard state.taken < state.places, state.waiters.isEmpty else { return false }
            state.taken += 1
            return true
        }
        if !isFree { try await wait() }
    }

    private func wait() async throws {
        let id = state.withLock { state in
            defer { state.nextID += 1 }
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let woken: [CheckedContinuation<Void, any Error>]? = state.withLock { state in
                    // A cancel that came first has found nothing to remove, so it is looked for here, under the lock.
                    if Task.isCancelled { return nil }
                    // Ids are drawn before this lock is taken: a later one may stand here first.
                    state.first = min(state.first, id)
                    state.waiters[id] = continuation
                    return state.wake()
                }
                guard let woken else { return continuation.resume(throwing: CancellationError()) }
                for continuation in woken { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.resume(throwing: CancellationError())
        }
    }

    /// Whether a place that is held may be used again instead of given back: not when there are too many by now.
    package var mayKeep: Bool { state.withLock { $0.taken <= $0.places } }

    package func giveBack() {
        let woken = state.withLock { state in
            state.taken -= 1
            return state.wake()
        }
        for continuation in woken { continuation.resume() }
    }

    package func set(places: Int) {
        let woken = state.withLock { state in
            state.places = places
            return state.wake()
        }
        for continuation in woken { continuation.resume() }
    }
}
