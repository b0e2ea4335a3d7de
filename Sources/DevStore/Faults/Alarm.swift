import Dispatch
import Synchronization

/// Lets many tasks wait for their moments with one timer: no thread for a request, and true to a millisecond.
///
/// `Task.sleep` lets the system join timers that lie close together, by a tenth of their length; a store that promises
/// 20 ms must not answer after 22.
final class Alarm: Sendable {
    private struct Sleeper {
        let deadline: UInt64
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        /// A binary heap, the earliest deadline first.
        var sleepers: [Sleeper] = []
        var isStopped = false
    }

    private let state = Mutex(State())
    /// Dispatch sources may be used from any thread; only the type lacks the mark.
    nonisolated(unsafe) private let timer: any DispatchSourceTimer

    init() {
        unsafe timer = DispatchSource.makeTimerSource(flags: .strict, queue: DispatchQueue(label: "devstore.alarm"))
        unsafe timer.setEventHandler { [weak self] in self?.ring() }
        unsafe timer.schedule(deadline: .distantFuture)
        unsafe timer.resume()
    }

    deinit {
        unsafe timer.cancel()
    }

    /// Returns after the duration, or at once when the alarm was stopped.
    func sleep(_ duration: Duration) async {
        guard duration > .zero else { return }
        let (seconds, attoseconds) = duration.components
        let nanoseconds = UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
        let deadline = DispatchTime.now().uptimeNanoseconds + nanoseconds
        await withCheckedContinuation { continuation in
            let isStopped = state.withLock { state in
                if state.isStopped { return true }
                Self.insert(Sleeper(deadline: deadline, continuation: continuation), into: &state.sleepers)
                if state.sleepers.first?.deadline == deadline { arm(deadline) }
                return false
            }
            if isStopped { continuation.resume() }
        }
    }

    /// Wakes everybody, and from now on nobody sleeps.
    func stop() {
        let sleepers = state.withLock { state in
            state.isStopped = true
            defer { state.sleepers = [] }
            return state.sleepers
        }
        for sleeper in sleepers { sleeper.continuation.resume() }
    }

    private func ring() {
        let due = state.withLock { state in
            let now = DispatchTime.now().uptimeNanoseconds
            var due: [Sleeper] = []
            while let first = state.sleepers.first, first.deadline <= now {
                due.append(first)
                Self.removeFirst(of: &state.sleepers)
            }
            if let next = state.sleepers.first { arm(next.deadline) }
            return due
        }
        for sleeper in due { sleeper.continuation.resume() }
    }

    private func arm(_ deadline: UInt64) {
        unsafe timer.schedule(deadline: DispatchTime(uptimeNanoseconds: deadline), leeway: .nanoseconds(0))
    }

    private static func insert(_ sleeper: Sleeper, into heap: inout [Sleeper]) {
        heap.append(sleeper)
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].deadline < heap[parent].deadline else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    private static func removeFirst(of heap: inout [Sleeper]) {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            let left = 2 * parent + 1
            guard left < heap.count else { return }
            let right = left + 1
            let child = right < heap.count && heap[right].deadline < heap[left].deadline ? right : left
            guard heap[child].deadline < heap[parent].deadline else { return }
            heap.swapAt(child, parent)
            parent = child
        }
    }
}
