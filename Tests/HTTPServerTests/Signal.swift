import Synchronization

/// Something that a test waits for: values that were noted, in order.
final class Signal<Value: Sendable>: Sendable {
    private struct State {
        var values: [Value] = []
        var waiters: [(count: Int, continuation: CheckedContinuation<[Value], Never>)] = []
    }

    private let state = Mutex(State())

    var values: [Value] { state.withLock { $0.values } }

    func note(_ value: Value) {
        let ready = state.withLock { state in
            state.values.append(value)
            let values = state.values
            let ready = state.waiters.filter { $0.count <= values.count }.map { ($0.continuation, values) }
            state.waiters.removeAll { $0.count <= values.count }
            return ready
        }
        for (continuation, values) in ready { continuation.resume(returning: values) }
    }

    /// Waits until so many values were noted, also in a cancelled task; the time that `Tests/run` gives a room bounds it.
    @discardableResult
    func wait(for count: Int = 1) async -> [Value] {
        await withCheckedContinuation { continuation in
            let values: [Value]? = state.withLock { state in
                if state.values.count >= count { return state.values }
                state.waiters.append((count, continuation))
                return nil
            }
            if let values { continuation.resume(returning: values) }
        }
    }
}

extension Signal where Value == Void {
    func note() { note(()) }
}
