import Dispatch
import Model

/// One timer, true to a millisecond: `Task.sleep` lets the system join timers that lie close together, by a tenth of their
/// length. Costs nothing while it is not set.
final class WakeUp: Sendable {
    /// Dispatch sources may be used from any thread; only the type lacks the mark.
    nonisolated(unsafe) private let timer: any DispatchSourceTimer

    /// - Parameter action: called on a queue of Dispatch's; must be quick.
    init(_ action: @escaping @Sendable () -> Void) {
        unsafe timer = DispatchSource.makeTimerSource(flags: .strict, queue: DispatchQueue(label: "longshore.wake-up"))
        unsafe timer.setEventHandler(handler: action)
        unsafe timer.schedule(deadline: .distantFuture)
        unsafe timer.resume()
    }

    deinit {
        unsafe timer.cancel()
    }

    /// Calls the action once, after the delay and in place of what was set before.
    func set(after delay: Duration) {
        let nanoseconds = max(0, min(delay.inSeconds, 3_600) * 1e9)
        unsafe timer.schedule(deadline: .now() + .nanoseconds(Int(nanoseconds)), leeway: .nanoseconds(0))
    }
}
