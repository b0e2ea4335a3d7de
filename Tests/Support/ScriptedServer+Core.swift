import Foundation
import Glibc

extension ScriptedServer {
    /// What the threads share; lives until the last of them has ended.
    final class Core: Sendable {
        struct State {
            var replies: ArraySlice<Reply>
            var requests: [Request] = []
            var accepted = 0
            var lost = 0
            var mostOpen = 0
            var open: Set<Int32> = []
            var isStopped = false
            var waiters:
                [(isMet: @Sendable (borrowing State) -> Bool, continuation: CheckedContinuation<Void, Never>)] =
                    []
        }

        let state: Guarded<State>
        private let listener: Int32
        private let otherwise: Reply

        init(listener: Int32, replies: [Reply], otherwise: Reply) {
            self.listener = listener
            self.otherwise = otherwise
            state = Guarded(State(replies: replies[...]))
        }

        func acceptConnections() {
            while true {
                let descriptor = accept(listener, nil, nil)
                guard descriptor >= 0 else { break }
                _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
                let index: Int? = change { state in
                    guard !state.isStopped else { return nil }
                    state.accepted += 1
                    state.open.insert(descriptor)
                    state.mostOpen = max(state.mostOpen, state.open.count)
                    return state.accepted - 1
                }
                guard let index else {
                    close(descriptor)
                    break
                }
                Thread.detachNewThread {
                    var connection = Connection(descriptor: descriptor, index: index, core: self)
                    connection.serve()
                }
            }
            close(listener)
        }

        /// Wakes every thread; each closes what it has.
        func stop() {
            change { state in
                state.isStopped = true
                for descriptor in state.open { shutdown(descriptor, Int32(SHUT_RDWR)) }
                shutdown(listener, Int32(SHUT_RDWR))
            }
        }

        /// Records the head and returns the script for it with the request's index.
        func take(_ request: Request) -> (Reply, Int) {
            change { state in
                state.requests.append(request)
                return (state.replies.popFirst() ?? otherwise, state.requests.count - 1)
            }
        }

        func add(_ bytes: some Sequence<UInt8>, toBodyOf index: Int) {
            state.withLock { $0.requests[index].body.append(contentsOf: bytes) }
        }

        /// Closed under the lock, so that `stop` never shuts down a number that means another file by then.
        func end(_ descriptor: Int32, byClient: Bool) {
            change { state in
                state.open.remove(descriptor)
                if byClient { state.lost += 1 }
                close(descriptor)
            }
        }

        func wait(_ isMet: @escaping @Sendable (borrowing State) -> Bool) async {
            await withCheckedContinuation { continuation in
                change { $0.waiters.append((isMet, continuation)) }
            }
        }

        @discardableResult
        private func change<Value: Sendable>(_ body: (inout State) -> Value) -> Value {
            let (value, met) = state.withLock { state in
                let value = body(&state)
                let met = state.waiters.filter { $0.isMet(state) }.map(\.continuation)
                if !met.isEmpty { state.waiters = state.waiters.filter { !$0.isMet(state) } }
                return (value, met)
            }
            for continuation in met { continuation.resume() }
            return value
        }
    }

    /// A lock that the thread sanitizer sees: it is blind to what `Synchronization.Mutex` does when threads meet, and
    /// here they meet all the time. Unchecked, because `value` is touched with the lock held only.
    final class Guarded<Value>: @unchecked Sendable {
        private let lock = NSLock()
        private var value: Value

        init(_ value: sending Value) { self.value = value }

        func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
            lock.withLock { body(&value) }
        }
    }

    /// A blocking signal for the server's own threads.
    final class Signal: Sendable {
        private let semaphore = DispatchSemaphore(value: 0)

        func raise() { semaphore.signal() }

        /// Once raised, passes for everybody.
        func wait() {
            semaphore.wait()
            semaphore.signal()
        }
    }
}
