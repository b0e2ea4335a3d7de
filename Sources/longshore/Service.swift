import API
import CurlTransport
import Files
import Foundation
import HTTPServer
import Logging
import Metrics
import Model
import S3Client
import Scheduling
import Storage
import Transfers

/// Everything put together: the one place that knows all rooms.
struct Service: Sendable {
    private let settings: Settings
    private let store: JobStore
    private let scheduler: Scheduler
    private let feed: ChangeFeed
    private let readers: ReaderPool
    private let transports: [Transport]
    /// Answers what the service is asked.
    let router: Router
    /// Nil when it listens to nobody and is asked through its router alone.
    private let server: WebServer?
    private let logger: Logger

    /// 0 when it does not listen.
    var port: UInt16 { server?.port ?? 0 }

    /// - Throws: `SettingsError` for whatever can't be used: a root that is missing, a state directory that another
    ///   service holds, an address that is taken.
    init(settings: Settings, limits: ProcessLimits, logger: Logger, listens: Bool = true) async throws {
        self.settings = settings
        self.logger = logger
        feed = ChangeFeed()
        do {
            readers = try ReaderPool(threads: Self.readerThreads, openFiles: limits.openFiles)
            let roots = try Self.roots(settings.roots)
            let permits = PermitPool(cap: settings.scheduler.concurrency)
            let clients = try Clients(settings: settings, limits: limits, permits: permits, logger: logger)
            transports = clients.transports
            store = try JobStore(directory: settings.stateDirectory, now: Self.now) { [feed] in feed.announce($0) }
            scheduler = Scheduler(
                configuration: settings.scheduler, store: store, feed: feed, permits: permits, clients: clients.clients,
                roots: roots,
                readers: readers, now: Self.now, logger: logger)
            var api = try Self.api(settings)
            api.metrics = [
                scheduler, clients.figures, store, ProcessFigures(), BuildFigures(version: Longshore.version),
            ]
            router = Router(scheduler: scheduler, configuration: api, logger: logger)
            guard listens else {
                server = nil
                return
            }
            var configuration = ServerConfiguration(host: settings.host, port: settings.port, threads: 2)
            configuration.maximumHeaderBytes = 32 << 10
            configuration.maximumConnections = limits.connections
            configuration.refusesBeyondLimit = true
            server = try WebServer(configuration: configuration, handler: router)
        } catch let error as StorageError {
            throw SettingsError("state_dir \(settings.stateDirectory): \(error.message)")
        } catch let error as ServerError {
            throw SettingsError("listen \(settings.host):\(settings.port): \(error)")
        }
    }

    /// Works until `stop` returns, then drains: no new job, requests in flight get their time, the rest is kept.
    func run(until stop: @escaping @Sendable () async -> Void) async throws {
        try await withThrowingTaskGroup { group in
            group.addTask {
                await stop()
                self.logger.info("draining", metadata: ["seconds": "\(self.settings.scheduler.drain)"])
                await self.scheduler.drain(within: self.settings.scheduler.drain)
            }
            group.addTask { try await self.scheduler.run() }
            try await group.waitForAll()
        }
        feed.close()
        await server?.stop(grace: .seconds(1))
        for transport in transports { await transport.stop() }
        await readers.stop()
        await store.close()
        logger.info("stopped")
    }

    /// Disks answer several readers at once; more threads than that only wait for each other.
    private static let readerThreads = 4

    private static let now: @Sendable () -> Timestamp = {
        Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))
    }

    private static func roots(_ paths: [String]) throws -> RootSet {
        for path in paths {
            do {
                _ = try RootSet([path])
            } catch {
                throw SettingsError("root \(path): \(error.message)")
            }
        }
        return try RootSet(paths)
    }

    private static func api(_ settings: Settings) throws -> APIConfiguration {
        APIConfiguration(
            tokens: try settings.accessTokens(), openAPIDocument: PackageResources.openapi_yaml,
            version: Longshore.version)
    }
}
