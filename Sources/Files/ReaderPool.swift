internal import CLinux
internal import Glibc

/// The threads that disk work runs on, so that the cooperative pool never blocks.
///
/// A call costs one hop to a reader thread and one back. Cancelling the calling task ends the call at once while it waits
/// for a thread; work that has begun ends at its next look (`digest`) or by itself (all else is short). After `stop`
/// every call throws `.stopped`.
package final class ReaderPool: Sendable {
    /// OpenSSL and the walk need far less; the default of 8 MiB would only be address space.
    private static let stackSizeInBytes = 512 << 10

    /// How long work waits that finds no descriptor left, before it is tried again.
    private static let pauseWithoutDescriptors = Duration.milliseconds(100)

    package let threads: Int
    /// Large files open at once, of all callers together.
    let openFiles: PlaceCounter
    private let queue = ReaderQueue()

    /// - Parameter threads: at least 1. As many reads are under way at once, so more than the cores help where disks
    ///   are slow.
    /// - Parameter openFiles: how many large files may be open at once; `open` waits for a place. So a crowd of files that
    ///   wait to be sent never takes the descriptors that sending needs.
    package init(threads: Int = 4, openFiles: Int = 1 << 20) throws(FileError) {
        precondition(threads > 0, "\(threads) reader threads")
        self.threads = threads
        self.openFiles = PlaceCounter(places: openFiles)
        for _ in 0..<threads {
            do {
                try startThread()
            } catch {
                _ = queue.stop()
                throw error
            }
        }
    }

    deinit {
        for job in queue.stop() { job.refuse(Self.hasStopped) }
    }

    /// Runs `work` on a reader thread. It may block on the file system, and should look at `isCancelled` when it takes
    /// long. Throws what it throws, `.cancelled` or `.stopped`.
    ///
    /// Work that finds no descriptor left is run again until there is one, so it must have changed nothing then.
    package func run<Value: Sendable>(
        _ work: @escaping @Sendable (ReaderScratch) throws(FileError) -> Value
    ) async throws(FileError) -> Value {
        while true {
            do throws(FileError) {
                return try await runOnce(work)
            } catch  where error.code == .descriptorsExhausted {
                let isCancelled = (try? await Task.sleep(for: Self.pauseWithoutDescriptors)) == nil
                if isCancelled { throw FileError(.cancelled, operation: "wait for a descriptor") }
            }
        }
    }

    private func runOnce<Value: Sendable>(
        _ work: @escaping @Sendable (ReaderScratch) throws(FileError) -> Value
    ) async throws(FileError) -> Value {
        let job = ReaderJob(work)
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                job.attach(waiter)
                if !queue.append(job) { job.refuse(Self.hasStopped) }
            }
        } onCancel: {
            job.cancel()
        }
        return try job.outcome()
    }

    /// As `run`, but a cancel does not end the call: for the last steps of what could not be taken back half done.
    package func runToEnd<Value: Sendable>(
        _ work: @escaping @Sendable (ReaderScratch) throws(FileError) -> Value
    ) async throws(FileError) -> Value {
        let job = ReaderJob(work)
        await withCheckedContinuation { waiter in
            job.attach(waiter)
            if !queue.append(job) { job.refuse(Self.hasStopped) }
        }
        return try job.outcome()
    }

    /// Refuses what waits, lets running jobs end, and returns when the threads are gone. May be called again.
    package func stop() async {
        for job in queue.stop() { job.refuse(Self.hasStopped) }
        await withCheckedContinuation { queue.whenEnded($0) }
    }

    private static var hasStopped: FileError { FileError(.stopped, operation: "the readers have been stopped") }

    /// The thread owns a reference to the queue alone: it lives on while the pool goes, until its job has ended.
    private func startThread() throws(FileError) {
        let context = unsafe Unmanaged.passRetained(queue)
        queue.threadStarts()
        let body: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { context in
            guard let context = unsafe context else { return nil }
            let queue = unsafe Unmanaged<ReaderQueue>.fromOpaque(context).takeRetainedValue()
            unsafe clinux_name_thread("files-reader")
            let scratch = ReaderScratch()
            while let job = queue.next() { job.run(scratch) }
            queue.threadEnds()
            return nil
        }
        let fault = unsafe clinux_start_thread(body, context.toOpaque(), Self.stackSizeInBytes)
        guard fault == 0 else {
            unsafe context.release()
            queue.threadEnds()
            throw FileError(operation: "pthread_create", errno: -fault)
        }
    }
}
