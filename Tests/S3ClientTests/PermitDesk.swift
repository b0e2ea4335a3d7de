import Model
import Synchronization

/// Grants permits without a limit and counts them.
final class PermitDesk: Sendable {
    private struct State {
        var granted: [Int] = []
        var held = 0
        var mostHeld = 0
    }

    private let state = Mutex(State())

    /// The attempt numbers that were asked for.
    var granted: [Int] { state.withLock { $0.granted } }
    var held: Int { state.withLock { $0.held } }
    var mostHeld: Int { state.withLock { $0.mostHeld } }

    func acquire(_ attempt: Int) -> Permit {
        state.withLock { state in
            state.granted.append(attempt)
            state.held += 1
            state.mostHeld = max(state.mostHeld, state.held)
        }
        return Permit { self.state.withLock { $0.held -= 1 } }
    }
}
