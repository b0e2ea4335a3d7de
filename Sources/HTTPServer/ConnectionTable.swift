import Synchronization

/// The open connections of a server by their sockets' descriptors.
final class ConnectionTable: Sendable {
    private let connections = Mutex<[Int32: ServerConnection]>([:])

    var count: Int { connections.withLock { $0.count } }

    var all: [ServerConnection] { connections.withLock { Array($0.values) } }

    /// The daemons that have connections, by their generations.
    var generations: Set<Int> { connections.withLock { Set($0.values.map(\.generation)) } }

    subscript(socket: Int32) -> ServerConnection? { connections.withLock { $0[socket] } }

    func insert(_ connection: ServerConnection, socket: Int32) {
        connections.withLock { $0[socket] = connection }
    }

    /// - Returns: how many are left.
    func remove(socket: Int32) -> Int {
        connections.withLock { connections in
            connections[socket] = nil
            return connections.count
        }
    }

    func removeAll() {
        connections.withLock { $0 = [:] }
    }
}
