import HTTPServer
import Synchronization

/// A small, strict S3 server: the demo's store, and the one that tests talk to.
///
/// It knows path-style addresses, verifies every signature and checksum, refuses what S3 refuses, counts what it sees,
/// and fails as a `FaultScript` says. It is no place for data that matters: nothing is flushed to the disk.
package final class DevStore: Sendable {
    /// What goes wrong; may be changed at any time.
    package var faults: FaultScript { service.faults }

    private let service: StoreService
    private let server: WebServer
    private let host: String

    /// Opens the folder and listens.
    ///
    /// - Throws: `DevStoreError`.
    package init(configuration: DevStoreConfiguration) throws(DevStoreError) {
        let store = try Self.openStore(configuration)
        var log: RequestLog?
        if let path = configuration.log { log = try RequestLog(path: path) }
        service = StoreService(configuration: configuration, store: store, log: log)
        host = configuration.host
        for name in configuration.buckets {
            do throws(S3Failure) {
                try service.makeBucket(name)
            } catch {
                throw DevStoreError(code: .bucketName, message: "\(name): \(error.message)")
            }
        }
        var settings = ServerConfiguration(
            host: configuration.host, port: configuration.port, threads: configuration.threads)
        // A part's bytes are hashed and written in pieces of this size. libmicrohttpd clears all of it for each request.
        settings.readBufferInBytes = 64 << 10
        settings.maximumHeaderBytes = 32 << 10
        do throws(ServerError) {
            server = try WebServer(configuration: settings, handler: service)
        } catch {
            throw DevStoreError(code: .server, message: error.description)
        }
        service.countConnections { [weak server] in server?.openConnections ?? 0 }
    }

    package var port: UInt16 { server.port }

    /// `http://127.0.0.1:4566`, without a slash at the end.
    package var endpoint: String { host.contains(":") ? "http://[\(host)]:\(port)" : "http://\(host):\(port)" }

    package var statistics: StoreStatistics {
        var statistics = service.meter.snapshot()
        statistics.connections = server.openConnections
        return statistics
    }

    /// Forgets what was counted; what is in flight goes on counting.
    package func resetStatistics() {
        service.meter.reset()
    }

    /// Returns once the statistics are so, or when the task is cancelled. Looked at whenever a request begins or ends.
    package func wait(until isSatisfied: @escaping @Sendable (StoreStatistics) -> Bool) async {
        await service.meter.wait(until: isSatisfied)
    }

    /// Returns when the task is cancelled; then the store has stopped.
    package func run() async {
        let (stream, _) = AsyncStream.makeStream(of: Void.self)
        for await _ in stream {}
        await stop()
    }

    /// Ends every request that is held or delayed, gives the others `grace`, closes all connections, and leaves the
    /// folder to whoever opens it next.
    package func stop(grace: Duration = .seconds(2)) async {
        service.alarm.stop()
        service.faults.stop()
        await server.stop(grace: grace)
        service.store.folder?.unlock()
    }

    private static func openStore(_ configuration: DevStoreConfiguration) throws(DevStoreError) -> ObjectStore {
        var directory: String?
        if case .folder(let path) = configuration.keeping { directory = path }
        do throws(FolderError) {
            return try ObjectStore(directory: directory)
        } catch {
            throw DevStoreError(code: .folder, message: error.description)
        }
    }
}
