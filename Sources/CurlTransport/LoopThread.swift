import CLinux
import Glibc

/// A thread of its own for one loop.
enum LoopThread {
    /// The thread owns the loop and frees it when it ends; from here on nobody else may touch it.
    static func start(_ loop: MultiLoop) throws(TransportError) {
        var thread = pthread_t()
        let owned = unsafe Unmanaged.passRetained(loop)
        let status = unsafe pthread_create(
            &thread, nil,
            { context in
                if let context = unsafe context { unsafe LoopThread.serve(context) }
                return nil
            }, owned.toOpaque())
        guard status == 0 else {
            unsafe owned.release()
            throw TransportError(code: .other, errno: Int(status), message: "pthread_create failed")
        }
        pthread_detach(thread)
    }

    /// The loop and its mailbox are gone, with their descriptors, before who waits for the end hears of it.
    private static func serve(_ context: UnsafeMutableRawPointer) {
        unsafe clinux_thread_begin("curl")
        for waiter in unsafe runToTheEnd(context) { waiter.resume() }
    }

    private static func runToTheEnd(_ context: UnsafeMutableRawPointer) -> [CheckedContinuation<Void, Never>] {
        let loop = unsafe Unmanaged<MultiLoop>.fromOpaque(context).takeRetainedValue()
        var waiters = loop.run()
        for letter in loop.mailbox.close() {
            switch letter {
            case .start(_, let continuation): continuation.resume(returning: .failure(.stopped))
            case .cancel: break
            case .stop(let continuation): if let continuation { waiters.append(continuation) }
            }
        }
        return waiters
    }
}

extension TransportError {
    static let stopped = TransportError(code: .stopped, message: "the transport was stopped")
}
