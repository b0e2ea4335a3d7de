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
import Webhooks

/// Everything put together: the one place that knows all rooms.
struct Service: Sendable {
    private let settings: Settings
    private let store: JobStore
    private let scheduler: Scheduler
    private let feed: ChangeFeed
    private let readers: ReaderPool
    private let transports: [Transport]
    private let webhooks: WebhookSender
    /// Answers what the service is asked.
    let router: Router
    /// Nil when it listens to nobody and is asked through its router alone.
    private let server: WebServer?
    private let logger: Logger

    /// 0 when it does not listen.
    var port: UInt16 { server?.port ?? 0 }

    /// Where callers find it.
    var url: String {
        if let path = settings.socketPath { return "unix:\(path)" }
        return Longshore.url(host: settings.host, port: port, isSecure: settings.tls != nil)
    }

    /// - Throws: `SettingsError` for whatever can't be used: a root that is missing, a state directory that another
    ///   service holds, an address that is taken.
    init(settings: Settings, limits: ProcessLimits, logger: Logger, listens: Bool = true) async throws {
        self.settings = settings
        self.logger = logger
        feed = ChangeFeed()
        do {
            readers = try ReaderPool(threads: Self.readerThreads, openFiles: limits.openFiles)
            let rights = try settings.tenantRights()
            let tenants = TenantTable(rights.tenants, standard: rights.standard)
            let permits = PermitPool(cap: settings.scheduler.concurrency)
            let clients = try Clients(settings: settings, limits: limits, permits: permits, logger: logger)
            transports = clients.transports
            let bell = WebhookBell()
            store = try JobStore(
                directory: settings.stateDirectory, now: Self.now,
                describe: { WebhookMessage.data($0, failed: $1) }
            ) { [feed] commit in
                feed.announce(commit)
                if commit.hasDeliveries { bell.ring() }
            }
            webhooks = try Self.webhooks(settings, store: store, bell: bell, logger: logger)
            scheduler = Scheduler(
                configuration: settings.scheduler, store: store, feed: feed, permits: permits, clients: clients.clients,
                tenants: tenants, readers: readers, now: Self.now, logger: logger)
            var api = Self.api(settings)
            api.metrics = [
                scheduler, clients.figures, store, webhooks, ProcessFigures(), BuildFigures(version: Longshore.version),
            ]
            router = Router(scheduler: scheduler, configuration: api, logger: logger)
            guard listens else {
                server = nil
                return
            }
            var configuration = ServerConfiguration(host: settings.host, port: settings.port, threads: 2)
            configuration.socketPath = settings.socketPath
            configuration.identity = try settings.tls?.identity(logger)
            configuration.maximumHeaderBytes = 32 << 10
            configuration.maximumConnections = limits.connections
            configuration.refusesBeyondLimit = true
            server = try WebServer(configuration: configuration, handler: router)
        } catch let error as StorageError {
            throw SettingsError("state_dir \(settings.stateDirectory): \(error.message)")
        } catch let error as ServerError {
            throw SettingsError("listen \(settings.listenText): \(error)")
        }
    }

    /// Works until `stop` returns, then drains: no new job, requests in flight get their time, the rest is kept.
    func run(until stop: @escaping @Sendable () async -> Void) async throws {
        let sending = Task { await self.webhooks.run() }
        try await withThrowingTaskGroup { group in
            group.addTask {
                await stop()
                self.logger.info("draining", metadata: ["seconds": "\(self.settings.scheduler.drain)"])
                await self.scheduler.drain(within: self.settings.scheduler.drain)
            }
            group.addTask { try await self.scheduler.run() }
            try await group.waitForAll()
        }
        await endWebhooks(sending)
        feed.close()
        await server?.stop(grace: .seconds(1))
        for transport in transports { await transport.stop() }
        await readers.stop()
        await store.close()
        logger.info("stopped")
    }

    /// What is due is still sent, within a few seconds; the rest is sent after the next start.
    private func endWebhooks(_ sending: Task<Void, Never>) async {
        webhooks.drain()
        let timer = Task { [limit = min(settings.scheduler.drain, .seconds(5))] in
            try? await Task.sleep(for: limit)
            sending.cancel()
        }
        await sending.value
        timer.cancel()
    }

    private static func webhooks(
        _ settings: Settings, store: JobStore, bell: WebhookBell, logger: Logger
    ) throws -> WebhookSender {
        var configuration = settings.webhooks
        configuration.hosts = settings.webhookHosts
        configuration.userAgent = Longshore.userAgent
        if let path = configuration.caFile, !FileManager.default.isReadableFile(atPath: path) {
            throw SettingsError("webhook_ca_file \(path): can't be read")
        }
        do {
            return try WebhookSender(
                configuration: configuration, bell: bell, store: store, now: Self.now, logger: logger)
        } catch {
            throw SettingsError("webhooks: \(error)")
        }
    }

    /// Disks answer several readers at once; more threads than that only wait for each other.
    private static let readerThreads = 4

    private static let now: @Sendable () -> Timestamp = {
        Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))
    }

    private static func api(_ settings: Settings) -> APIConfiguration {
        var configuration = APIConfiguration(
            tokens: settings.accessTokens(), openAPIDocument: PackageResources.openapi_yaml,
            version: Longshore.version)
        configuration.hosts = settings.hostRule
        configuration.features = Features(webhooks: settings.webhookHosts)
        return configuration
    }

    /// Takes over what may change while it runs.
    ///
    /// - Throws: `SettingsError`; then all stays as it was.
    func take(_ new: Settings) throws {
        let rights = try new.tenantRights()
        if let tls = new.tls, settings.tls != nil, let server {
            do {
                try server.replaceIdentity(tls.identity(logger))
            } catch let error as ServerError {
                throw SettingsError("tls: \(error)")
            }
        }
        scheduler.setTenants(rights.tenants, standard: rights.standard)
        router.access.replace(with: new.accessTokens(), hosts: new.hostRule)
    }
}
