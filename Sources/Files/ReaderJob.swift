internal import Synchronization

/// One piece of disk work and the task that waits for it.
///
/// The continuation has one owner at a time: who takes it out of the mutex (the thread that runs the job, a cancel, the
/// stop of the pool) resumes it; the others find nothing. The two orders of cancel and start: cancel first, the thread
/// finds no continuation and drops the job; start first, the cancel only sets the flag, which long work looks at.
///
/// The outcome is handed over under a lock and not through the continuation: where a continuation is resumed before its
/// task waits, Swift's runtime does not tell the thread sanitizer, which would report all that the work has made.
final class ReaderJob<Value: Sendable>: ReaderWork {
    typealias Waiter = CheckedContinuation<Void, Never>

    private let work: @Sendable (ReaderScratch) throws(FileError) -> Value
    private let waiter = Mutex<Waiter?>(nil)
    private let result = Mutex<Result<Value, FileError>?>(nil)
    private let cancelled = Atomic<Bool>(false)

    init(_ work: @escaping @Sendable (ReaderScratch) throws(FileError) -> Value) {
        self.work = work
    }

    var isCancelled: Bool { cancelled.load(ordering: .relaxed) }

    /// The task waits from now on. A cancel that came before finds it here.
    func attach(_ waiter: Waiter) {
        self.waiter.withLock { $0 = waiter }
        if cancelled.load(ordering: .sequentiallyConsistent) { refuse(Self.cancellation) }
    }

    /// What became of it; may be asked for once the waiter was resumed.
    func outcome() throws(FileError) -> Value {
        guard let result = result.withLock({ $0 }) else { preconditionFailure("a reader's job ended without a result") }
        return try result.get()
    }

    func cancel() {
        cancelled.store(true, ordering: .sequentiallyConsistent)
        refuse(Self.cancellation)
    }

    func run(_ scratch: ReaderScratch) {
        guard let waiter = takeWaiter() else { return }
        scratch.job = self
        let result: Result<Value, FileError>
        do {
            result = .success(try work(scratch))
        } catch {
            result = .failure(error)
        }
        scratch.job = nil
        end(waiter, result)
    }

    func refuse(_ error: FileError) {
        if let waiter = takeWaiter() { end(waiter, .failure(error)) }
    }

    private func end(_ waiter: Waiter, _ result: Result<Value, FileError>) {
        self.result.withLock { $0 = result }
        waiter.resume()
    }

    private func takeWaiter() -> Waiter? {
        waiter.withLock { waiter in
            defer { waiter = nil }
            return waiter
        }
    }

    private static var cancellation: FileError { FileError(.cancelled, operation: "the read was cancelled") }
}
