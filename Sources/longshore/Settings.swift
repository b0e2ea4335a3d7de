import API
import Model
import Scheduling
import Webhooks

/// What the service was told: flags win over the environment, the environment over the file (API.md, "Starting it").
struct Settings: Sendable {
    struct Token: Sendable, Equatable {
        var name: String
        /// 64 hexadecimal digits, lower case.
        var sha256: String
        var tenant: TenantName
        var scopes: Set<AccessScope> = [.read, .submit]
        /// Given beside the token: those of the tenant of its name.
        var rights: Tenant?
    }

    /// What those may use who belong together, and their share.
    struct Tenant: Sendable, Equatable {
        /// In place of the service's roots; nil: those.
        var roots: [String]?
        /// Names of stores; nil: all.
        var stores: [String]?
        /// Names and patterns; nil: all.
        var buckets: [String]?
        /// What keys begin with; nil: anything.
        var prefixes: [String]?
        var weight = 1
        /// Most requests in flight; nil: up to the global cap.
        var concurrency: Int?
    }

    /// PEM files.
    struct TLS: Sendable, Equatable {
        var certificate: String
        var key: String
    }

    enum Credentials: Sendable, Equatable {
        /// The standard AWS chain.
        case chain
        case profile(String)
        case fixed(accessKeyID: String, secretAccessKey: Secret, sessionToken: Secret?)
    }

    struct Store: Sendable, Equatable {
        var endpoint: String?
        var region: String?
        /// Nil: path style for every endpoint but AWS's own.
        var pathStyle: Bool?
        var credentials = Credentials.chain
        var caFile: String?
        /// False: the store takes no checksum headers.
        var checksums = true
        /// How long a connection may take, and how long no byte may move on one.
        var connectTimeout = Duration.seconds(10)
        var responseTimeout = Duration.seconds(60)
    }

    var host = "127.0.0.1"
    var port: UInt16 = 8600
    /// Of a Unix socket, in place of host and port.
    var socketPath: String?
    var tls: TLS?
    /// Names that the service is called by, beside its address: for the check of `Host`.
    var allowedHosts: [String] = []
    /// Whether it may be reached from elsewhere by anybody.
    var isInsecure = false
    var stateDirectory = "./longshore-state"
    var roots: [String] = []
    var tokens: [Token] = []
    var tenants: [TenantName: Tenant] = [:]
    /// The bearer token of the environment, in the clear.
    var bearerToken: Secret?
    var stores: [String: Store] = ["default": Store()]
    var scheduler = SchedulerConfiguration()
    var retry = RetryPolicy()
    var webhookHosts = WebhookHosts.none
    var webhooks = WebhookConfiguration()

    /// A value that must reach no log and no error.
    struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
        let value: String
        var description: String { "(secret)" }
        var debugDescription: String { "(secret)" }
        var customMirror: Mirror { Mirror(self, children: [:]) }
    }
}

/// Settings that can't be used: one line that says which and why. The process exits with 2.
struct SettingsError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
