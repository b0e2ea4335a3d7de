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
    /// Read first and written last under the lock. It orders nothing that the lock does not; but the thread sanitizer
    /// does not see what `Mutex` does when threads meet (its slow path is in a library without instrumentation), and
    /// would report every use of `state` after such a meeting. Costs a plain load and store.
    private let handOver = Atomic<Bool>(false)
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
        let (isTaken, wakes) = locked { state in
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
        locked { swap(&$0.letters, &emptied) }
    }

    /// True when the loop may sleep: from then on a letter wakes it. False when letters wait.
    ///
    /// The two orders: a letter posted before this is seen here; one posted after it finds `isAsleep` and signals the
    /// descriptor, which the loop's sleep watches.
    func sleeps() -> Bool {
        locked { state in
            state.isAsleep = state.letters.isEmpty
            return state.isAsleep
        }
    }

    /// The loop woke by another event: no need to be woken.
    func wakes() {
        locked { $0.isAsleep = false }
    }

    /// No letter is taken any more; returns those that were not read.
    func close() -> [Letter] {
        locked { state in
            state.isClosed = true
            defer { state.letters = [] }
            return state.letters
        }
    }

    private func locked<Value>(_ body: (inout State) -> Value) -> Value {
        state.withLock { state in
            _ = handOver.load(ordering: .acquiring)
            defer { handOver.store(true, ordering: .releasing) }
            return body(&state)
        }
    }
}
