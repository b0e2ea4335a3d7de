import Model
import Scheduling
import Webhooks

/// What was given on the command line; nil where nothing was.
struct ServeFlags: Sendable {
    var config: String?
    var listen: String?
    var stateDirectory: String?
    var roots: [String] = []
    var concurrency: Int?
    var isInsecure = false
}

extension Settings {
    /// The file, then the environment, then the flags.
    static func gather(
        flags: ServeFlags, environment: [String: String], readFile: (String) throws -> String
    ) throws -> Settings {
        var settings = Settings()
        if let path = flags.config {
            settings = try SettingsFile.read(try readFile(path), from: path, into: settings)
        }
        try settings.read(environment)
        try settings.read(flags)
        try settings.check()
        return settings
    }

    private mutating func read(_ environment: [String: String]) throws {
        // An empty variable counts as not set, as the AWS tools have it.
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        if let text = value("LONGSHORE_LISTEN") {
            try setListen(text, named: "LONGSHORE_LISTEN")
        }
        if let text = value("LONGSHORE_STATE_DIR") { stateDirectory = text }
        if let text = value("LONGSHORE_ROOTS") { roots = text.split(separator: ":").map(String.init) }
        if let text = value("LONGSHORE_CONCURRENCY") {
            scheduler.concurrency = try Self.concurrency(Int(text), named: "LONGSHORE_CONCURRENCY")
        }
        if let text = value("LONGSHORE_TOKEN") { bearerToken = Secret(value: text) }
        if let text = value("LONGSHORE_WEBHOOK_SECRET") {
            webhooks.secrets = try Self.webhookSecrets(
                text.split(separator: " ").map(String.init), named: "LONGSHORE_WEBHOOK_SECRET")
        }
        var store = stores["default"] ?? Store()
        if let text = value("AWS_ENDPOINT_URL_S3") ?? value("AWS_ENDPOINT_URL") { store.endpoint = text }
        if let text = value("AWS_REGION") ?? value("AWS_DEFAULT_REGION") { store.region = text }
        if let text = value("AWS_CA_BUNDLE") { store.caFile = text }
        stores["default"] = store
    }

    private mutating func read(_ flags: ServeFlags) throws {
        if let text = flags.listen { try setListen(text, named: "--listen") }
        isInsecure = flags.isInsecure
        if let directory = flags.stateDirectory { stateDirectory = directory }
        if !flags.roots.isEmpty { roots = flags.roots }
        if let number = flags.concurrency {
            scheduler.concurrency = try Self.concurrency(number, named: "--concurrency")
        }
    }

    private func check() throws {
        if !isLoopback, !needsToken, !isInsecure {
            throw SettingsError(
                """
                listen \(host): an address that is not loopback needs a token (`tokens` or LONGSHORE_TOKEN), or \
                --insecure, which opens the service to whoever reaches it
                """)
        }
        if socketPath != nil, tls != nil { throw SettingsError("tls: a Unix socket has none") }
        for root in roots + tenants.values.flatMap({ $0.roots ?? [] }) where !root.hasPrefix("/") {
            throw SettingsError("root \(root): must be an absolute path")
        }
        for (name, tenant) in tenants.sorted(by: { $0.key < $1.key }) {
            for store in tenant.stores ?? [] where stores[store] == nil {
                throw SettingsError("tenant \(name): stores: \(store) does not stand under `stores`")
            }
        }
        if !webhookHosts.isEmpty, webhooks.secrets.isEmpty {
            throw SettingsError("webhook_hosts: needs webhook_secret (or LONGSHORE_WEBHOOK_SECRET) to sign with")
        }
        for (name, store) in stores {
            guard let endpoint = store.endpoint else { continue }
            let isHTTP = endpoint.hasPrefix("http://") || endpoint.hasPrefix("https://")
            if !isHTTP { throw SettingsError("store \(name): endpoint \(endpoint) is no http or https URL") }
        }
    }

    /// Whether a call must show a token.
    var needsToken: Bool { !tokens.isEmpty || bearerToken != nil }

    /// Whether nobody from elsewhere can reach it.
    var isLoopback: Bool { socketPath != nil || host == "::1" || host.hasPrefix("127.") }

    /// `unix:/PATH`, or what `listenAddress` takes.
    mutating func setListen(_ text: String, named name: String) throws {
        guard text.hasPrefix("unix:") else {
            (host, port) = try Self.listenAddress(text, named: name)
            socketPath = nil
            return
        }
        let path = String(text.dropFirst("unix:".count))
        // sockaddr_un has 108 bytes, the last a NUL.
        guard path.hasPrefix("/"), path.utf8.count <= 107 else {
            throw SettingsError("\(name) \(text): must be unix: and an absolute path of at most 107 bytes")
        }
        socketPath = path
    }

    /// `HOST:PORT`, `[::1]:PORT`, `localhost:PORT`: numeric addresses, so that what is listened on is plain.
    static func listenAddress(_ text: String, named name: String) throws -> (host: String, port: UInt16) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            throw SettingsError("\(name) \(text): must be HOST:PORT, the port from 0 to 65535")
        }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        if host == "localhost" { host = "127.0.0.1" }
        let isNumeric = !host.isEmpty && host.allSatisfy { $0.isHexDigit || $0 == "." || $0 == ":" }
        if !isNumeric { throw SettingsError("\(name) \(text): the host must be a numeric address or localhost") }
        return (host, port)
    }

    private static func concurrency(_ number: Int?, named name: String) throws -> Int {
        guard let number, (1...65_536).contains(number) else {
            throw SettingsError("\(name): must be a whole number from 1 to 65,536")
        }
        return number
    }
}
