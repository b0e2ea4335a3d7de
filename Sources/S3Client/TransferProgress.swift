import CurlTransport

/// How many bytes of an operation's running attempt have moved. Readable from any thread without a lock.
package final class TransferProgress: Sendable {
    let exchange = ExchangeProgress()

    package init() {}

    package var bytesSent: Int { exchange.bytesSent }
    package var bytesReceived: Int { exchange.bytesReceived }
}
