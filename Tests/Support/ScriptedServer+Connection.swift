import Glibc

extension ScriptedServer {
    /// One connection on its thread.
    struct Connection {
        let descriptor: Int32
        let index: Int
        let core: Core
        private var pending: [UInt8] = []
        private var isLost = false

        init(descriptor: Int32, index: Int, core: Core) {
            self.descriptor = descriptor
            self.index = index
            self.core = core
        }

        mutating func serve() {
            var isOpen = true
            while isOpen, let head = readHead() {
                let request = Request(connection: index, lines: head)
                let (reply, number) = core.take(request)
                isOpen = perform(reply, for: request, number: number)
            }
            core.end(descriptor, byClient: isLost)
        }

        /// False when the script ended the connection, or the client did.
        private mutating func perform(_ reply: Reply, for request: Request, number: Int) -> Bool {
            var left = request["Content-Length"].flatMap(Int.init) ?? 0
            var waits = request["Expect"] != nil
            for step in reply.steps {
                switch step {
                case .readBody:
                    if waits { send(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)) }
                    waits = false
                    left -= readBody(left, number: number)
                case .readSome(let count): left -= readBody(min(count, left), number: number)
                case .send(let bytes): send(bytes)
                case .drip(let bytes, let pause): drip(bytes, pause)
                case .wait(let gate): gate.wait()
                case .silence: while receive() { pending = [] }
                case .close: return false
                case .reset:
                    var now = linger(l_onoff: 1, l_linger: 0)
                    unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
                    return false
                }
                if isLost { return false }
            }
            return true
        }

        private mutating func readHead() -> [String]? {
            let end = Array("\r\n\r\n".utf8)
            while true {
                if let range = pending.firstRange(of: end) {
                    let text = String(decoding: pending[..<range.lowerBound], as: UTF8.self)
                    pending.removeSubrange(..<range.upperBound)
                    return text.split(separator: "\r\n", omittingEmptySubsequences: false).map(String.init)
                }
                guard receive() else { return nil }
            }
        }

        private mutating func readBody(_ count: Int, number: Int) -> Int {
            var read = 0
            while read < count {
                if pending.isEmpty, !receive() { break }
                let part = pending.prefix(count - read)
                core.add(part, toBodyOf: number)
                read += part.count
                pending.removeFirst(part.count)
            }
            return read
        }

        /// Appends to `pending`; false when the client has left or the server stops.
        private mutating func receive() -> Bool {
            let room = 256 << 10
            let block = unsafe [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
                unsafe count = max(0, recv(descriptor, buffer.baseAddress, room, 0))
            }
            if block.isEmpty { isLost = true }
            pending += block
            return !block.isEmpty
        }

        private mutating func drip(_ bytes: [UInt8], _ pause: Duration) {
            let milliseconds = Int32(pause / .milliseconds(1))
            for byte in bytes where !isLost {
                send([byte])
                // The pause is what is scripted: a wait for the client to leave, with a limit.
                var state = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                if unsafe poll(&state, 1, milliseconds) > 0 { isLost = true }
            }
        }

        private mutating func send(_ bytes: [UInt8]) {
            var sent = 0
            while sent < bytes.count, !isLost {
                let count = unsafe bytes.withUnsafeBytes { buffer in
                    unsafe Glibc.send(
                        descriptor, buffer.baseAddress?.advanced(by: sent), buffer.count - sent,
                        Int32(Glibc.MSG_NOSIGNAL))
                }
                if count <= 0 { isLost = true } else { sent += count }
            }
        }
    }
}
