import CCurl

/// How many body bytes of an exchange have moved so far. Readable from any thread, without a lock, at any time.
///
/// Sent means handed to libcurl: up to one upload buffer (256 KiB) may not have left yet. A body below 64 KiB counts
/// when the exchange is over.
///
/// Unchecked, because libcurl's callbacks are C and need an address: the pointer never changes, lives as long as this
/// object, and is read and written by the shim's atomic operations only. The loop holds this object while it writes.
@safe
package final class ExchangeProgress: @unchecked Sendable {
    /// Valid while this object is held.
    let pointer: UnsafeMutablePointer<ccurl_progress>

    package init() {
        unsafe pointer = .allocate(capacity: 1)
        unsafe pointer.initialize(to: ccurl_progress())
    }

    deinit {
        unsafe pointer.deallocate()
    }

    package var bytesSent: Int { unsafe Int(ccurl_progress_sent(pointer)) }

    package var bytesReceived: Int { unsafe Int(ccurl_progress_received(pointer)) }

    /// Back to zero: before another attempt, never while one runs.
    package func reset() {
        unsafe ccurl_progress_set(pointer, 0, 0)
    }
}
