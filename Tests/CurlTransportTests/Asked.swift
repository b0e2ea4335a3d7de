import CurlTransport
import Synchronization

/// The addresses that a transport asked about.
final class Asked: Sendable {
    private let noted = Mutex<[PeerAddress]>([])

    var addresses: [PeerAddress] { noted.withLock { $0 } }

    func note(_ address: PeerAddress) { noted.withLock { $0.append(address) } }
}
