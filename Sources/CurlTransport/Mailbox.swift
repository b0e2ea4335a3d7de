import CLinux
import Glibc
import Synchronization

/// The way from tasks to a loop's thread: a locked array of letters and a descriptor that wakes the loop.
///
/// Letters are taken in the order in which they were posted. The loop is only woken when it sleeps: while it works, it
/// looks here before it sleeps again, so many letters cost one system call or none.
final class Mailbox: Sendable {
    private struct State {
        var letters: [Letter] = []
        var isAsleep = false
        var isClosed = false
    }

    private let state = Mutex(State())
    /// Readable when the loop was woken. Closed with this object, which every sender holds while it posts.
    let descriptor: Int32
    /// Exchanges that were given to this loop and are not over: what `Transport` spreads by.
    let load = Atomic<Int>(0)

    init() throws(TransportError) {
        descriptor = clinux_eventfd_create()
        guard descriptor >= 0 else {
            throw TransportError(code: .other, errno: Int(errno), message: "eventfd failed")
        }
    }

    deinit {
        _ = Glibc.close(descriptor)
    }

    /// False when the loop has ended: the letter was not taken.
    @discardableResult
    func post(_ letter: Letter) -> Bool {
        let (isTaken, wakes) = state.withLock { state in
            guard !state.isClosed else { return (false, false) }
            state.letters.append(letter)
            defer { state.isAsleep = false }
            return (true, state.isAsleep)
        }
        if wakes { clinux_eventfd_signal(descriptor) }
        return isTaken
    }

    /// Swaps the letters against `emptied`, whose storage is used for the next ones.
    func take(into emptied: inout [Letter]) {
        state.withLock { swap(&$0.letters, &emptied) }
    }

    /// True when the loop may sleep: from then on a letter wakes it. False when letters wait.
    ///
    /// The two orders: a letter posted before this is seen here; one posted after it finds `isAsleep` and signals the
    /// descriptor, which the loop's sleep watches.
    func sleeps() -> Bool {
        state.withLock { state in
            state.isAsleep = state.letters.isEmpty
            return state.isAsleep
        }
    }

    /// The loop woke by another event: no need to be woken.
    func wakes() {
        state.withLock { $0.isAsleep = false }
    }

    /// No letter is taken any more; returns those that were not read.
    func close() -> [Letter] {
        state.withLock { state in
            state.isClosed = true
            defer { state.letters = [] }
            return state.letters
        }
    }
}
