import Foundation
import Glibc

/// An HTTP server on raw sockets that does exactly what a test scripted, wrong things too, and records what it got.
///
/// Listens on a free port of 127.0.0.1; each connection has a thread of its own. Replies are used in the order in which
/// requests arrive, whatever their connection; after the last one comes `otherwise`. Ends with the last reference.
package final class ScriptedServer: Sendable {
    package let port: UInt16
    let core: Core

    package init(_ replies: [Reply] = [], otherwise: Reply = .ok()) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard listener >= 0 else { throw POSIXError(.EMFILE) }
        port = try Self.listen(listener)
        let core = Core(listener: listener, replies: replies, otherwise: otherwise)
        self.core = core
        Thread.detachNewThread { core.acceptConnections() }
    }

    deinit {
        core.stop()
    }

    /// Every request that was read to the end of its head so far, in order of arrival.
    package var requests: [Request] { core.state.withLock { $0.requests } }
    /// How many connections were accepted so far, and the most at once.
    package var connections: Int { core.state.withLock { $0.accepted } }
    package var mostConnectionsAtOnce: Int { core.state.withLock { $0.mostOpen } }

    /// `http://127.0.0.1:PORT` and the target, as it stands.
    package func url(_ target: String, scheme: String = "http") -> [UInt8] {
        Array("\(scheme)://127.0.0.1:\(port)\(target)".utf8)
    }

    /// Returns once the heads of so many requests have arrived.
    package func receives(_ count: Int) async {
        await core.wait { $0.requests.count >= count }
    }

    /// Returns once so many connections were closed by their clients.
    package func loses(_ count: Int) async {
        await core.wait { $0.lost >= count }
    }

    /// Returns once the server has accepted so many connections in all and closed every one.
    package func drains(_ count: Int) async {
        await core.wait { $0.accepted >= count && $0.open.isEmpty }
    }

    private static func listen(_ listener: Int32) throws -> UInt16 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                unsafe bind(listener, name, length) == 0 && Glibc.listen(listener, 512) == 0
                    && getsockname(listener, name, &length) == 0
            }
        }
        guard isListening else { throw POSIXError(.EADDRINUSE) }
        return UInt16(bigEndian: address.sin_port)
    }
}
