import Foundation
import Logging
import Model
import Scheduling
import Webhooks

/// Takes new settings over while the service runs: tokens, tenants, roots, names and certificates. The rest waits for the next
/// start, and the log says so. Settings that can't be used change nothing.
actor Reload {
    private let service: Service
    private let logger: Logger
    private let gather: @Sendable () throws -> Settings
    private var settings: Settings

    /// - Parameter gather: reads the settings as at the start.
    init(service: Service, settings: Settings, logger: Logger, gather: @escaping @Sendable () throws -> Settings) {
        self.service = service
        self.settings = settings
        self.logger = logger
        self.gather = gather
    }

    /// Works until the task is cancelled.
    func run(at signals: HangUpSignals) async {
        for await _ in signals.stream { reload() }
    }

    func reload() {
        do {
            let new = try gather()
            try service.take(new)
            let waiting = new.needRestart(since: settings)
            // What waits is told again each time, until it is in force.
            settings = settings.taking(new)
            var metadata: Logger.Metadata = ["tokens": "\(new.tokens.count)", "tenants": "\(new.tenants.count)"]
            if !waiting.isEmpty { metadata["needs_restart"] = "\(waiting.joined(separator: ", "))" }
            logger.notice("settings were read again", metadata: metadata)
        } catch {
            logger.error("settings stay as they were", metadata: ["reason": "\(error)"])
        }
    }
}

extension Settings {
    /// The settings that differ and count from the next start on only.
    func needRestart(since old: Settings) -> [String] {
        var names: [String] = []
        func note(_ name: String, _ isSame: Bool) { if !isSame { names.append(name) } }
        note("listen", host == old.host && port == old.port && socketPath == old.socketPath)
        note("tls", (tls == nil) == (old.tls == nil))
        note("state_dir", stateDirectory == old.stateDirectory)
        note("concurrency", scheduler.concurrency == old.scheduler.concurrency)
        note("stores", stores == old.stores)
        note("max_running_jobs", scheduler.maximumRunningJobs == old.scheduler.maximumRunningJobs)
        note("max_queued_jobs", scheduler.maximumQueuedJobs == old.scheduler.maximumQueuedJobs)
        note("max_attempts", retry.maximumAttempts == old.retry.maximumAttempts)
        note("retry_for_seconds", retry.retryFor == old.retry.retryFor)
        note("retention_seconds", scheduler.retention == old.scheduler.retention)
        note("drain_seconds", scheduler.drain == old.scheduler.drain)
        note("plan_seconds", scheduler.planFor == old.scheduler.planFor)
        note("webhook_hosts", webhookHosts == old.webhookHosts)
        note("webhook_secret", webhooks.secrets == old.webhooks.secrets)
        note("webhook_networks", webhooks.networks == old.webhooks.networks)
        note("webhook_retry_seconds", webhooks.waits == old.webhooks.waits)
        note("webhook_ca_file", webhooks.caFile == old.webhooks.caFile)
        note("webhook_timeout_seconds", webhooks.timeout == old.webhooks.timeout)
        return names
    }

    /// Those in force once the service has taken `new`.
    func taking(_ new: Settings) -> Settings {
        var settings = self
        settings.tokens = new.tokens
        settings.bearerToken = new.bearerToken
        settings.tenants = new.tenants
        settings.roots = new.roots
        settings.allowedHosts = new.allowedHosts
        if settings.tls != nil, new.tls != nil { settings.tls = new.tls }
        return settings
    }
}
