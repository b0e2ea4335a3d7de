import Glibc
import HTTPServer

/// What a raw client could not do.
struct ClientFailure: Error {
    let message: String
    let errno: Int32

    init(_ message: String) {
        self.message = message
        errno = Glibc.errno
    }
}

/// An answer as it came over the wire, its chunks put together.
struct RawResponse: Sendable {
    var status = 0
    /// Names in lower case.
    var fields: [String: String] = [:]
    var body: [UInt8] = []

    var text: String { String(decoding: body, as: UTF8.self) }
}

/// A blocking client on a plain socket; every wait ends after ten seconds.
///
/// `@unchecked`: a test uses it in one step after the other, each awaited.
final class RawClient: @unchecked Sendable {
    let socket: Int32
    private var pending: [UInt8] = []

    /// Connects and sends, on a thread of its own. In one step, so that no deadline passes in between on a busy machine.
    static func connect(
        _ server: WebServer, receiveBuffer: Int32? = nil, sending text: String = ""
    ) async throws -> RawClient {
        let port = server.port
        return try await onThread {
            let client = try RawClient(port: port, receiveBuffer: receiveBuffer)
            try client.send(text)
            return client
        }
    }

    /// Does all that a client does, on a thread of its own.
    static func session<Result: Sendable>(
        _ server: WebServer, _ body: @escaping @Sendable (RawClient) throws -> Result
    ) async throws -> Result {
        let port = server.port
        return try await onThread { try body(RawClient(port: port)) }
    }

    /// Runs a step of the test on a thread of its own.
    func step<Result: Sendable>(_ body: @escaping @Sendable (RawClient) throws -> Result) async throws -> Result {
        try await onThread { try body(self) }
    }

    init(port: UInt16, receiveBuffer: Int32? = nil) throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var wait = timeval(tv_sec: 60, tv_usec: 0)
        unsafe setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
        unsafe setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
        if var size = receiveBuffer {
            unsafe setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = unsafe withUnsafePointer(to: address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        // `deinit` closes it in this case, too: a second close would be that of another test's file.
        guard result == 0 else { throw ClientFailure("connect: errno \(Glibc.errno)") }
    }

    deinit {
        close(socket)
    }

    func send(_ text: String) throws {
        try send(Array(text.utf8))
    }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let rest = bytes[sent...]
            let count = unsafe rest.withUnsafeBytes {
                unsafe Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw ClientFailure("send: errno \(Glibc.errno)") }
            sent += count
        }
    }

    /// The next bytes; empty when the server has closed.
    func receive(atMost limit: Int = 65536) throws -> [UInt8] {
        if !pending.isEmpty {
            defer { pending = [] }
            return pending
        }
        var buffer = [UInt8](repeating: 0, count: limit)
        let count = unsafe recv(socket, &buffer, limit, 0)
        guard count >= 0 else { throw ClientFailure("recv: errno \(Glibc.errno)") }
        return Array(buffer[..<count])
    }

    /// Whether the server has closed the connection, or reset it, before anything else came.
    func isClosed() -> Bool {
        do { return try receive().isEmpty } catch { return (error as? ClientFailure)?.errno == ECONNRESET }
    }

    /// Resets the connection.
    func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        unsafe setsockopt(socket, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        shutdown(socket, Int32(SHUT_RD))
        var unspecified = sockaddr()
        unspecified.sa_family = sa_family_t(AF_UNSPEC)
        unsafe Glibc.connect(socket, &unspecified, socklen_t(MemoryLayout<sockaddr>.size))
    }

    func readLine() throws -> String {
        var line: [UInt8] = []
        while true {
            let bytes = try receive()
            if bytes.isEmpty { throw ClientFailure("closed within a line: \(String(decoding: line, as: UTF8.self))") }
            if let end = bytes.firstIndex(of: 10) {
                line += bytes[..<end]
                pending = Array(bytes[(end + 1)...])
                if line.last == 13 { line.removeLast() }
                return String(decoding: line, as: UTF8.self)
            }
            line += bytes
        }
    }

    func readExactly(_ count: Int) throws -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(count)
        while result.count < count {
            let bytes = try receive()
            if bytes.isEmpty { throw ClientFailure("closed after \(result.count) of \(count) bytes") }
            let need = count - result.count
            result += bytes.prefix(need)
            if bytes.count > need { pending = Array(bytes[need...]) }
        }
        return result
    }

    func readHead() throws -> RawResponse {
        var response = RawResponse()
        let words = try readLine().split(separator: " ")
        guard words.count >= 2, let status = Int(words[1]) else { throw ClientFailure("no status line: \(words)") }
        response.status = status
        while true {
            let line = try readLine()
            if line.isEmpty { return response }
            guard let colon = line.firstIndex(of: ":") else { throw ClientFailure("no field: \(line)") }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            response.fields[line[..<colon].lowercased()] = String(value)
        }
    }

    /// The next chunk of a chunked body; empty at its end.
    func readChunk() throws -> [UInt8] {
        guard let size = Int(try readLine(), radix: 16) else { throw ClientFailure("no chunk size") }
        let bytes = try readExactly(size)
        _ = try readLine()
        return bytes
    }

    func readResponse(toHead: Bool = false) throws -> RawResponse {
        var response = try readHead()
        if toHead || response.status == 204 || response.status == 304 || response.status < 200 { return response }
        if response.fields["transfer-encoding"] == "chunked" {
            while true {
                let chunk = try readChunk()
                if chunk.isEmpty { return response }
                response.body += chunk
            }
        }
        if let length = response.fields["content-length"].flatMap({ Int($0) }) {
            response.body = try readExactly(length)
            return response
        }
        while true {
            let bytes = try receive()
            if bytes.isEmpty { return response }
            response.body += bytes
        }
    }

    /// Sends a request and reads its answer.
    func exchange(_ request: String, toHead: Bool = false) throws -> RawResponse {
        try send(request)
        return try readResponse(toHead: toHead)
    }
}
