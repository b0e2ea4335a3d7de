import CMicrohttpd
import Glibc

/// libmicrohttpd's daemons, one for each thread. Used by one thread at a time: the one that starts it, then the server's own.
///
/// Connections are handed to them in turn. A certificate is libmicrohttpd's for its daemon's life, so another one takes other
/// daemons; the earlier ones end with their last connection. They hold the server's context unretained, so the context must outlive `stop`.
///
/// `@unchecked`: it can't be copied, so whoever holds it is the only one; libmicrohttpd's calls may come from any thread.
@safe struct DaemonHandle: ~Copyable, @unchecked Sendable {
    private var daemons: [OpaquePointer] = unsafe []
    /// Daemons that get no more connections, each with its generation.
    private var retired: [(daemon: OpaquePointer, generation: Int)] = unsafe []
    /// Counts how often the daemons were replaced.
    private(set) var generation = 0
    private var next = 0

    /// - Throws: `ServerError.Code.cannotStart`, with the system's reason.
    init(context: ServerContext, identity: ServerIdentity?) throws(ServerError) {
        for _ in 0..<context.configuration.threads {
            guard let daemon = unsafe Self.start(context, identity) else {
                let reason = errno
                unsafe daemons.forEach { unsafe MHD_stop_daemon($0) }
                throw ServerError(
                    .cannotStart,
                    identity == nil
                        ? "libmicrohttpd did not start: errno \(reason)"
                        : "certificate and key can't be used: both PEM, the key's own certificate first, the key plain")
            }
            unsafe daemons.append(daemon)
        }
    }

    /// Hands a client's socket over; libmicrohttpd closes it in every case.
    ///
    /// - Returns: whether it was taken.
    mutating func add(_ socket: AcceptedSocket) -> Bool {
        next = unsafe (next + 1) % daemons.count
        let daemon = unsafe daemons[next]
        return unsafe withUnsafePointer(to: socket.address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe MHD_add_connection(daemon, socket.descriptor, $0, socket.addressSize) == .YES
            }
        }
    }

    /// New connections go to `other`'s daemons from now on.
    mutating func replace(with other: consuming DaemonHandle) {
        unsafe retired += daemons.map { unsafe ($0, generation) }
        unsafe daemons = other.daemons
        next = 0
        generation += 1
    }

    /// Stops daemons whose last connection is gone.
    ///
    /// - Parameter open: generations that have connections.
    mutating func stopRetired(open: () -> Set<Int>) {
        guard unsafe !retired.isEmpty else { return }
        let open = open()
        unsafe retired.forEach { entry in
            if unsafe !open.contains(entry.generation) { unsafe MHD_stop_daemon(entry.daemon) }
        }
        unsafe retired.removeAll { unsafe !open.contains($0.generation) }
    }

    /// Closes every connection and joins the threads; blocks meanwhile. No connection may be suspended, and none may be
    /// suspended again.
    consuming func stop() {
        unsafe daemons.forEach { unsafe MHD_stop_daemon($0) }
        unsafe retired.forEach { unsafe MHD_stop_daemon($0.daemon) }
    }

    private static func start(_ context: ServerContext, _ identity: ServerIdentity?) -> OpaquePointer? {
        guard let identity else { return unsafe start(context, secured: []) }
        // libmicrohttpd reads them while it starts, and not again.
        return unsafe identity.certificate.withCString { certificate in
            unsafe identity.key.withCString { key in
                unsafe ServerIdentity.priorities.withCString { priorities in
                    unsafe start(
                        context,
                        secured: [
                            option(.HTTPS_MEM_CERT, 0, UnsafeMutableRawPointer(mutating: certificate)),
                            option(.HTTPS_MEM_KEY, 0, UnsafeMutableRawPointer(mutating: key)),
                            option(.HTTPS_PRIORITIES, 0, UnsafeMutableRawPointer(mutating: priorities)),
                        ])
                }
            }
        }
    }

    private static func start(_ context: ServerContext, secured: [MHD_OptionItem]) -> OpaquePointer? {
        let configuration = context.configuration
        let shared = unsafe Unmanaged.passUnretained(context).toOpaque()
        // The head is kept whole, with a record of about 60 bytes for each field; the rest is for reading the body.
        let memory = configuration.maximumHeaderBytes * 3 / 2 + configuration.readBufferInBytes
        let timeout = (configuration.idleTimeout.milliseconds + 999) / 1000
        var options = unsafe [
            option(.CONNECTION_LIMIT, Int(Int32.max)),
            option(.CONNECTION_MEMORY_LIMIT, memory),
            option(.CONNECTION_TIMEOUT, Int(timeout)),
            option(.NOTIFY_CONNECTION, unsafeBitCast(connectionChanged, to: Int.self), shared),
            option(.URI_LOG_CALLBACK, unsafeBitCast(requestLineCame, to: Int.self), shared),
            option(.NOTIFY_COMPLETED, unsafeBitCast(requestEnded, to: Int.self), shared),
        ]
        unsafe options += secured
        unsafe options.append(option(.END, 0))
        var flags =
            MHD_USE_EPOLL_INTERNAL_THREAD.rawValue | MHD_ALLOW_SUSPEND_RESUME.rawValue | MHD_USE_ITC.rawValue
            | MHD_USE_NO_LISTEN_SOCKET.rawValue
        if unsafe !secured.isEmpty { flags |= MHD_USE_TLS.rawValue }
        return unsafe cmhd_start_daemon(flags, requestMoved, shared, &options)
    }

    private static func option(
        _ option: MHD_OPTION, _ value: Int, _ pointer: UnsafeMutableRawPointer? = nil
    ) -> MHD_OptionItem {
        unsafe MHD_OptionItem(option: option, value: value, ptr_value: pointer)
    }
}

// libmicrohttpd's callbacks. Each runs on the thread that owns the connection. `context` is the `ServerContext`; the
// connection's own context is a retained `ServerConnection`, the request's a retained `ServerExchange`.

private let connectionChanged: MHD_NotifyConnectionCallback = { context, pointer, slot, code in
    guard let context = unsafe context, let pointer = unsafe pointer, let slot = unsafe slot else { return }
    let server = unsafe Unmanaged<ServerContext>.fromOpaque(context).takeUnretainedValue()
    let socket = unsafe cmhd_socket(pointer)
    switch code {
    case .CONNECTION_NOTIFY_STARTED:
        guard let connection = server.connections[socket] else { return }
        unsafe slot.pointee = Unmanaged.passRetained(connection).toOpaque()
    case .CONNECTION_NOTIFY_CLOSED:
        guard let kept = unsafe slot.pointee else { return }
        unsafe slot.pointee = nil
        unsafe Unmanaged<ServerConnection>.fromOpaque(kept).takeRetainedValue().close()
        server.connectionClosed(socket: socket)
    }
}

private typealias RequestLineCallback =
    @convention(c) (
        UnsafeMutableRawPointer?, UnsafePointer<CChar>?, OpaquePointer?
    ) -> UnsafeMutableRawPointer?

private let requestLineCame: RequestLineCallback = { context, target, pointer in
    guard let context = unsafe context, let target = unsafe target, let pointer = unsafe pointer,
        let kept = unsafe cmhd_socket_context(pointer)
    else { return nil }
    let connection = unsafe Unmanaged<ServerConnection>.fromOpaque(kept).takeUnretainedValue()
    let exchange = unsafe ServerExchange(
        connection: connection, pointer: pointer, target: String(cString: target))
    connection.context.exchangeBegan()
    connection.begin(exchange)
    return unsafe Unmanaged.passRetained(exchange).toOpaque()
}

private let requestMoved: MHD_AccessHandlerCallback = { _, _, _, method, version, bytes, size, slot in
    guard let kept = unsafe slot?.pointee, let method = unsafe method, let size = unsafe size else { return .NO }
    let exchange = unsafe Unmanaged<ServerExchange>.fromOpaque(kept).takeUnretainedValue()
    if !exchange.inbound.hasBegun {
        guard let version = unsafe version else { return .NO }
        return unsafe exchange.begin(method: String(cString: method), version: String(cString: version))
    }
    let count = unsafe size.pointee
    if count == 0 { return exchange.complete() }
    unsafe size.pointee = 0
    return unsafe exchange.receive(UnsafeRawBufferPointer(start: bytes, count: count))
}

private let requestEnded: MHD_RequestCompletedCallback = { _, _, slot, code in
    guard let kept = unsafe slot?.pointee else { return }
    unsafe slot?.pointee = nil
    unsafe Unmanaged<ServerExchange>.fromOpaque(kept).takeRetainedValue().end(code)
}
