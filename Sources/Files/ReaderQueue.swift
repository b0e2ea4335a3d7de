internal import CLinux
internal import Glibc

/// The jobs that wait for a reader thread, first come, first served. Its length is that of the tasks that wait, each of
/// which its caller has bounded.
///
/// Unsafe inside, and `@unchecked Sendable`: the two pthread objects need a fixed address, so they are allocated here
/// and freed in deinit, when no thread has a reference any more. Everything mutable is touched with `mutex` held.
@safe final class ReaderQueue: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let arrived = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    /// Taken from the end of `leaving`, which is refilled from `coming`, turned round.
    private var coming: [any ReaderWork] = []
    private var leaving: [any ReaderWork] = []
    private var idleThreads = 0
    private var threads = 0
    private var isStopped = false
    private var stopWaiters: [CheckedContinuation<Void, Never>] = []

    init() {
        unsafe pthread_mutex_init(mutex, nil)
        unsafe pthread_cond_init(arrived, nil)
    }

    deinit {
        unsafe pthread_cond_destroy(arrived)
        unsafe pthread_mutex_destroy(mutex)
        unsafe arrived.deallocate()
        unsafe mutex.deallocate()
    }

    /// Any thread. False once the queue is stopped.
    func append(_ job: any ReaderWork) -> Bool {
        locked {
            guard !isStopped else { return false }
            coming.append(job)
            if idleThreads > 0 { unsafe pthread_cond_signal(arrived) }
            return true
        }
    }

    /// The next job, waiting for it; nil once the queue is stopped. On a reader thread.
    func next() -> (any ReaderWork)? {
        locked {
            while !isStopped, coming.isEmpty, leaving.isEmpty {
                idleThreads += 1
                unsafe pthread_cond_wait(arrived, mutex)
                idleThreads -= 1
            }
            if isStopped { return nil }
            if leaving.isEmpty {
                swap(&coming, &leaving)
                leaving.reverse()
            }
            return leaving.removeLast()
        }
    }

    func threadStarts() {
        locked { threads += 1 }
    }

    /// The last thread to end lets those go on who wait for the stop.
    func threadEnds() {
        let waiters = locked {
            threads -= 1
            guard threads == 0 else { return [CheckedContinuation<Void, Never>]() }
            defer { stopWaiters = [] }
            return stopWaiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Answers the jobs that no thread has begun; threads end after the job that they run.
    func stop() -> [any ReaderWork] {
        locked {
            isStopped = true
            unsafe pthread_cond_broadcast(arrived)
            defer { (coming, leaving) = ([], []) }
            return leaving.reversed() + coming
        }
    }

    /// Resumes `waiter` when no thread runs any more.
    func whenEnded(_ waiter: CheckedContinuation<Void, Never>) {
        let hasEnded = locked {
            if threads > 0 { stopWaiters.append(waiter) }
            return threads == 0
        }
        if hasEnded { waiter.resume() }
    }

    private func locked<Value>(_ body: () -> Value) -> Value {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        return body()
    }
}
