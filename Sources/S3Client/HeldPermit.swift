import Model
import Synchronization

/// The permit of an exchange that is under way. It goes back as soon as the exchange is over, on the loop's thread, so
/// that its slot at the store does not idle while the task that waits for the reply is woken.
final class HeldPermit: Sendable {
    private let permit: Mutex<Permit?>

    init(_ permit: consuming Permit) { self.permit = Mutex(permit) }

    /// The second call does nothing.
    func giveBack() {
        let permit = permit.withLock { $0.take() }
        _ = consume permit
    }
}
