/// Performs HTTP exchanges over libcurl's threads. May be used from any task.
package final class Transport: Sendable {
    package init(configuration: TransportConfiguration = TransportConfiguration()) throws(TransportError) {}

    /// One exchange: returns when the reply is complete, whatever its status. Cancelling the task cuts the transfer at
    /// once. In every case libcurl has let go of the descriptors and buffers when this returns.
    package func perform(_ exchange: Exchange) async throws(TransportError) -> Reply {
        throw TransportError(code: .stopped, message: "not started")
    }

    /// Every open exchange ends with `.stopped`, as does every later one. Returns when the threads are done.
    package func stop() async {}
}
