import Glibc

/// What the kernel knows of a TCP connection beside its bytes.
enum SocketStatus {
    /// Whether the connection is gone in both directions: the client reset it.
    static func isReset(_ socket: Int32) -> Bool {
        var entry = pollfd(fd: socket, events: 0, revents: 0)
        return unsafe poll(&entry, 1, 0) == 1 && Int32(entry.revents) & Int32(POLLERR | POLLHUP) != 0
    }

    /// Whether the client has closed its side and all that it sent was read.
    ///
    /// libmicrohttpd 0.9.75 does not notice it when the end came in one event with the last bytes: it waits for another
    /// event after a read that did not fill its buffer.
    static func hasLeft(_ socket: Int32) -> Bool {
        let peerClosed: Int32 = 0x2000  // POLLRDHUP, which Glibc hides without _GNU_SOURCE
        var entry = pollfd(fd: socket, events: Int16(peerClosed), revents: 0)
        guard unsafe poll(&entry, 1, 0) == 1, Int32(entry.revents) & peerClosed != 0 else { return false }
        var byte: UInt8 = 0
        return unsafe recv(socket, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) == 0
    }

    /// Whether bytes have come within the last so many milliseconds; on a fresh connection, whether any ever have.
    ///
    /// The places are those of `struct tcp_info` in linux/tcp.h, which only ever grows at its end, in words of 32 bits:
    /// 13 is tcpi_last_data_recv (milliseconds ago), 32 and 33 are tcpi_bytes_received. Ten milliseconds are left out,
    /// because both clocks are coarse and the last request's bytes must not count.
    static func hasReceived(_ socket: Int32, within milliseconds: Int64, isFresh: Bool) -> Bool {
        var words = [UInt32](repeating: 0, count: 64)
        var size = socklen_t(words.count * MemoryLayout<UInt32>.size)
        guard unsafe getsockopt(socket, Int32(IPPROTO_TCP), TCP_INFO, &words, &size) == 0 else { return false }
        if isFresh { return words[32] != 0 || words[33] != 0 }
        return Int64(words[13]) + 10 < milliseconds
    }

    static func close(_ socket: Int32) {
        Glibc.close(socket)
    }

    /// Reads what has come, a mebibyte at most, and forgets it.
    ///
    /// - Returns: whether nothing more will come.
    static func discardInput(_ socket: Int32) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        for _ in 0..<16 {
            let count = unsafe recv(socket, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            if count == 0 { return true }
            if count < 0 { return errno != EAGAIN && errno != EINTR }
        }
        return false
    }
}
