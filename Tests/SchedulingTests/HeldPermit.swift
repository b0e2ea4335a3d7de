import Model
import Synchronization

/// A permit that a test holds across tasks.
final class HeldPermit: Sendable {
    private let permit: Mutex<Permit?>

    init(_ permit: consuming sending Permit) { self.permit = Mutex(permit) }

    func giveBack() { permit.withLock { $0 = nil } }
}

/// Counts what is out at the same time.
final class Tide: Sendable {
    private struct State {
        var now = 0
        var most = 0
    }

    private let state = Mutex(State())

    var most: Int { state.withLock { $0.most } }

    func rise() {
        state.withLock { state in
            state.now += 1
            state.most = max(state.most, state.now)
        }
    }

    func fall() { state.withLock { $0.now -= 1 } }
}
