import Synchronization

/// What all connections of one server share.
final class ServerContext: Sendable {
    let configuration: ServerConfiguration
    let handler: any RequestHandler
    let connections = ConnectionTable()
    let wake: WakeSignal
    /// Copies of sockets whose clients may still be sending a body that was refused; the server's own thread reads on
    /// for a while, because closing at once would reset the connection before the client has read the answer.
    let lingering = Mutex<[Int32]>([])
    private let exchanges = Atomic<Int>(0)
    private let draining = Atomic<Bool>(false)

    init(configuration: ServerConfiguration, handler: any RequestHandler, wake: WakeSignal) {
        self.configuration = configuration
        self.handler = handler
        self.wake = wake
    }

    /// Requests between their request line and the last byte of their answer.
    var exchangesInFlight: Int { exchanges.load(ordering: .sequentiallyConsistent) }

    /// Whether the server has begun to stop.
    var isDraining: Bool { draining.load(ordering: .sequentiallyConsistent) }

    func startDraining() {
        draining.store(true, ordering: .sequentiallyConsistent)
    }

    func exchangeBegan() {
        exchanges.add(1, ordering: .sequentiallyConsistent)
    }

    func exchangeEnded() {
        let left = exchanges.subtract(1, ordering: .sequentiallyConsistent).newValue
        if left == 0, isDraining { wake.signal() }
    }

    /// A connection was closed; the server's own thread hears of it when it may accept again.
    func connectionClosed(socket: Int32) {
        if connections.remove(socket: socket) == configuration.maximumConnections - 1 { wake.signal() }
    }
}
