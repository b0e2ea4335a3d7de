import Glibc

@testable import Files

/// Holds reader threads until it is opened, and tells how many have come. Threads wait here, not tasks.
///
/// Two semaphores of sem_overview(7); their memory is this object's and outlives every waiter.
@safe final class Gate: @unchecked Sendable {
    private let entered = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
    private let opened = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    init() {
        unsafe sem_init(entered, 0, 0)
        unsafe sem_init(opened, 0, 0)
    }

    deinit {
        unsafe sem_destroy(entered)
        unsafe sem_destroy(opened)
        unsafe entered.deallocate()
        unsafe opened.deallocate()
    }

    /// On a reader thread: says that it is here, and waits. Who comes after `open` passes.
    func enter() {
        unsafe sem_post(entered)
        unsafe sem_wait(opened)
        unsafe sem_post(opened)
    }

    /// Waits on a thread of its own: the cooperative pool has work to do meanwhile.
    func whenEntered(_ count: Int) async throws {
        let watcher = try ReaderPool(threads: 1)
        try await watcher.run { _ in
            for _ in 0..<count { unsafe sem_wait(self.entered) }
        }
        await watcher.stop()
    }

    func open() {
        unsafe sem_post(opened)
    }
}
