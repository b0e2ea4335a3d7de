import Model
import Scheduling
import Webhooks
import Yams

/// The settings file: YAML, every key known, every value of its type; the first fault ends it with its place.
struct SettingsFile {
    let path: String
    var settings: Settings

    /// - Throws: `SettingsError` for what is no YAML, an unknown key or a value out of range.
    static func read(_ text: String, from path: String, into settings: Settings) throws -> Settings {
        let node: Node?
        do {
            node = try Yams.compose(yaml: text)
        } catch {
            // Its description goes on with the line and a mark below it.
            let lines = String(describing: error).split(separator: "\n")
            throw SettingsError("\(path): not YAML: \(lines.prefix(2).joined(separator: ", "))")
        }
        var file = SettingsFile(path: path, settings: settings)
        guard let node, node.null == nil else { return settings }
        try file.readTop(node)
        try file.placeTokens()
        return file.settings
    }

    private mutating func readTop(_ node: Node) throws {
        for (key, value) in try entries(of: node, at: "the file") {
            switch key {
            case "listen":
                try settings.setListen(text(value, key), named: "\(path): \(key)")
            case "state_dir": settings.stateDirectory = try text(value, key)
            case "roots": settings.roots = try texts(value, key)
            case "concurrency": settings.scheduler.concurrency = try number(value, key, in: 1...65_536)
            case "tokens": settings.tokens = try list(value, key).map(token)
            case "tenants":
                for (name, tenant) in try entries(of: value, at: key) {
                    let place = "tenants.\(name)"
                    settings.tenants[try tenantName(name, at: place)] = try self.tenant(tenant, at: place)
                }
            case "allowed_hosts": settings.allowedHosts = try texts(value, key)
            case "tls": settings.tls = try tls(value)
            case "stores":
                for (name, store) in try entries(of: value, at: key) {
                    settings.stores[name] = try self.store(store, at: "stores.\(name)")
                }
            case "max_running_jobs": settings.scheduler.maximumRunningJobs = try number(value, key, in: 1...100_000)
            case "max_queued_jobs": settings.scheduler.maximumQueuedJobs = try number(value, key, in: 1...10_000_000)
            case "max_attempts": settings.retry.maximumAttempts = try number(value, key, in: 1...100)
            case "retry_for_seconds": settings.retry.retryFor = try seconds(value, key)
            case "retention_seconds": settings.scheduler.retention = try seconds(value, key)
            case "drain_seconds": settings.scheduler.drain = try seconds(value, key)
            case "plan_seconds": settings.scheduler.planFor = try seconds(value, key)
            case "webhook_hosts", "webhook_secret", "webhook_networks", "webhook_retry_seconds", "webhook_ca_file",
                "webhook_timeout_seconds":
                try readWebhooks(value, key)
            default: throw fault(key, "is no setting")
            }
        }
    }

    private mutating func readWebhooks(_ value: Node, _ key: String) throws {
        switch key {
        case "webhook_hosts":
            settings.webhookHosts = try Settings.webhookHosts(texts(value, key), named: "\(path): \(key)")
        case "webhook_secret":
            let secrets = value.sequence == nil ? [try text(value, key)] : try texts(value, key)
            settings.webhooks.secrets = try Settings.webhookSecrets(secrets, named: "\(path): \(key)")
        case "webhook_networks":
            settings.webhooks.networks = try texts(value, key).map { text in
                guard let network = Network(text) else { throw fault(key, "\(text) is no network such as 10.0.0.0/8") }
                return network
            }
        case "webhook_retry_seconds": settings.webhooks.waits = try list(value, key).map { try seconds($0, key) }
        case "webhook_ca_file": settings.webhooks.caFile = try text(value, key)
        default: settings.webhooks.timeout = .seconds(try number(value, key, in: 1...60))
        }
    }

    private func store(_ node: Node, at place: String) throws -> Settings.Store {
        var store = Settings.Store()
        for (key, value) in try entries(of: node, at: place) {
            let name = "\(place).\(key)"
            switch key {
            case "endpoint": store.endpoint = try text(value, name)
            case "region": store.region = try text(value, name)
            case "path_style": store.pathStyle = try flag(value, name)
            case "ca_file": store.caFile = try text(value, name)
            case "checksums": store.checksums = try flag(value, name)
            case "connect_timeout_seconds":
                store.connectTimeout = .seconds(try number(value, name, in: 1...3_600))
            case "response_timeout_seconds":
                store.responseTimeout = .seconds(try number(value, name, in: 1...3_600))
            case "credentials": store.credentials = try credentials(value, at: name)
            default: throw fault(name, "is no setting")
            }
        }
        return store
    }

    private func credentials(_ node: Node, at place: String) throws -> Settings.Credentials {
        if let word = node.string {
            guard word == "chain" else {
                throw fault(place, "is `chain`, {profile}, or {access_key_id, secret_access_key}")
            }
            return .chain
        }
        var values: [String: String] = [:]
        for (key, value) in try entries(of: node, at: place) {
            guard ["access_key_id", "secret_access_key", "session_token", "profile"].contains(key) else {
                throw fault("\(place).\(key)", "is no setting")
            }
            values[key] = try text(value, "\(place).\(key)")
        }
        if let profile = values["profile"], values.count == 1 { return .profile(profile) }
        guard values["profile"] == nil, let id = values["access_key_id"], let secret = values["secret_access_key"]
        else {
            throw fault(place, "needs profile, or access_key_id and secret_access_key")
        }
        return .fixed(
            accessKeyID: id, secretAccessKey: .init(value: secret),
            sessionToken: values["session_token"].map(Settings.Secret.init))
    }

    // MARK: Values

    func entries(of node: Node, at place: String) throws -> [(String, Node)] {
        guard let mapping = node.mapping else { throw fault(place, "must be a mapping") }
        return try mapping.map { key, value in
            guard let name = key.string else { throw fault(place, "has a key that is no text") }
            return (name, value)
        }
    }

    func list(_ node: Node, _ key: String) throws -> [Node] {
        guard let sequence = node.sequence else { throw fault(key, "must be a list") }
        return Array(sequence)
    }

    func texts(_ node: Node, _ key: String) throws -> [String] { try list(node, key).map { try text($0, key) } }

    func text(_ node: Node, _ key: String) throws -> String {
        guard let text = node.scalar?.string, !text.isEmpty else {
            throw fault(key, "must be a text that is not empty")
        }
        return text
    }

    func flag(_ node: Node, _ key: String) throws -> Bool {
        guard let flag = node.bool else { throw fault(key, "must be true or false") }
        return flag
    }

    func number(_ node: Node, _ key: String, in range: ClosedRange<Int>) throws -> Int {
        guard let number = node.int, range.contains(number) else {
            throw fault(key, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func seconds(_ node: Node, _ key: String) throws -> Duration {
        guard let number = node.float, number >= 0, number <= 1e9 else {
            throw fault(key, "must be a number of seconds, 0 or more")
        }
        return .seconds(number)
    }

    func fault(_ key: String, _ text: String) -> SettingsError { SettingsError("\(path): \(key) \(text)") }
}
