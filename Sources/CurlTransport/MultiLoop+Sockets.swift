import CCurl
import CLinux
import Glibc

/// libcurl's callbacks about sockets and time. They come on the loop's thread, from inside libcurl's functions, with
/// the loop as context: it is alive, because it is what called libcurl (in `deinit`, through its members' ends).
extension MultiLoop {
    private var context: UnsafeMutableRawPointer {
        unsafe Unmanaged.passUnretained(self).toOpaque()
    }

    private static func loop(_ context: UnsafeMutableRawPointer) -> MultiLoop {
        unsafe Unmanaged<MultiLoop>.fromOpaque(context).takeUnretainedValue()
    }

    func watchSocketsAndTimer() {
        _ = unsafe ccurl_multi_set_callbacks(
            multi.multi,
            { _, descriptor, what, context, _ in
                if let context = unsafe context { unsafe MultiLoop.loop(context).want(what, of: descriptor) }
                return 0
            },
            { _, milliseconds, context in
                if let context = unsafe context { unsafe MultiLoop.loop(context).setTimer(milliseconds) }
                return 0
            }, context)
    }

    /// Lets the loop open and close the sockets of this handle, so that it knows which descriptor is which.
    func watchSockets(of handle: EasyHandle) {
        // It lives as long as its loop, and libcurl asks only while it runs on it.
        _ = unsafe ccurl_set_pointer(
            handle.easy, CURLOPT_OPENSOCKETDATA, Unmanaged.passUnretained(handle).toOpaque())
        _ = unsafe ccurl_set_pointer(handle.easy, CURLOPT_CLOSESOCKETDATA, context)
        _ = unsafe ccurl_set_open_socket(handle.easy) { context, _, address in
            guard let context = unsafe context, let address = unsafe address else { return -1 }
            return unsafe Unmanaged<EasyHandle>.fromOpaque(context).takeUnretainedValue().openSocket(address)
        }
        _ = unsafe ccurl_set_close_socket(handle.easy) { context, descriptor in
            if let context = unsafe context { unsafe MultiLoop.loop(context).interest.closed(descriptor) }
            return close(descriptor)
        }
    }

    /// CURLMOPT_SOCKETFUNCTION: CURL_POLL_REMOVE is 4, the others are a mask of in and out.
    private func want(_ what: Int32, of descriptor: Int32) {
        var events: UInt32 = 0
        if what == CURL_POLL_IN || what == CURL_POLL_INOUT { events |= UInt32(clinux_readable) }
        if what == CURL_POLL_OUT || what == CURL_POLL_INOUT { events |= UInt32(clinux_writable) }
        apply(interest.want(events, of: descriptor))
    }

    /// CURLMOPT_TIMERFUNCTION: -1 ends the timer.
    private func setTimer(_ milliseconds: Int) {
        timerDue = milliseconds < 0 ? .max : clinux_monotonic() + Int64(milliseconds) * 1_000_000
    }
}

extension EasyHandle {
    /// CURLOPT_OPENSOCKETFUNCTION: -1 has libcurl try the host's next address.
    fileprivate func openSocket(_ address: UnsafePointer<curl_sockaddr>) -> Int32 {
        if let admits = loop.configuration.admits {
            let isAdmitted = unsafe PeerAddress(address).map(admits) ?? false
            unsafe transfer.pointee.fault = ccurl_fault(isAdmitted ? ccurl_fault_none : ccurl_fault_address)
            guard isAdmitted else { return -1 }
        }
        // Not to be inherited by programs that this process starts.
        let type = unsafe address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = unsafe socket(address.pointee.family, type, address.pointee.protocol)
        if descriptor >= 0 { loop.interest.opened(descriptor) }
        return descriptor
    }
}
