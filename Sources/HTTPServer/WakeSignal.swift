import CMicrohttpd
import Glibc
import Synchronization

/// Wakes the server's own thread out of `poll`, from any thread.
final class WakeSignal: Sendable {
    /// -1 once it is closed. Tasks of handlers may outlive the server, so it cannot wait for its last reference.
    private let state: Mutex<Int32>

    init() throws(ServerError) {
        let descriptor = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
        if descriptor < 0 { throw ServerError(.cannotStart, "eventfd: errno \(errno)") }
        state = Mutex(descriptor)
    }

    deinit {
        close()
    }

    /// What becomes readable when it is signalled. The server's own thread only.
    var descriptor: Int32 { state.withLock { $0 } }

    func signal() {
        state.withLock { if $0 >= 0 { eventfd_write($0, 1) } }
    }

    func clear() {
        var count: eventfd_t = 0
        unsafe eventfd_read(descriptor, &count)
    }

    func close() {
        state.withLock { descriptor in
            if descriptor >= 0 { Glibc.close(descriptor) }
            descriptor = -1
        }
    }
}
