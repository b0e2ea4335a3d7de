import CurlTransport
import Foundation
import Logging
import Model
import S3Client
import Scheduling
import SigV4
import Transfers

/// A client for each store of the settings. Stores that trust the same authorities share a transport, and so its
/// threads and connections.
struct Clients: Sendable {
    let clients: [TransferClient]
    let transports: [Transport]
    let figures: StoreFigures

    init(settings: Settings, limits: ProcessLimits, permits: PermitPool, logger: Logger) throws {
        var clients: [TransferClient] = []
        var transports: [String: Transport] = [:]
        var figures: [(StoreName, RequestFigures)] = []
        let environment = ProcessInfo.processInfo.environment
        var keyrings = try Keyrings(environment: environment, logger: logger)
        for (name, store) in settings.stores.sorted(by: { $0.key < $1.key }) {
            let place = "store \(name)"
            if let caFile = store.caFile, !FileManager.default.isReadableFile(atPath: caFile) {
                throw SettingsError("\(place): ca_file \(caFile) can't be read")
            }
            let transport: Transport
            do {
                transport = try transports[store.caFile ?? ""] ?? Self.transport(caFile: store.caFile, limits)
            } catch {
                throw SettingsError("\(place): \(error)")
            }
            transports[store.caFile ?? ""] = transport
            let configuration = StoreConfiguration(
                name: StoreName(name), endpoint: store.endpoint,
                region: store.region ?? Self.region(environment, store),
                usesPathStyle: store.pathStyle, caFile: store.caFile, checksums: store.checksums ? .supported : .md5,
                responseTimeout: store.responseTimeout, connectTimeout: store.connectTimeout)
            let counted = RequestFigures()
            figures.append((configuration.name, counted))
            do {
                let s3 = try S3Client(
                    configuration: configuration, transport: transport,
                    credentials: keyrings.provider(store.credentials), policy: settings.retry, figures: counted
                ) { round, after in permits.throttled(configuration.name, round: round, after: after) }
                clients.append(
                    TransferClient(
                        name: configuration.name,
                        endpoint: store.endpoint ?? "https://s3.\(configuration.region).amazonaws.com",
                        region: configuration.region, s3: s3))
            } catch {
                throw SettingsError("\(place): \(error.message)")
            }
        }
        self.clients = clients
        self.figures = StoreFigures(figures)
        self.transports = Array(transports.values) + [keyrings.transport]
    }

    private static func transport(caFile: String?, _ limits: ProcessLimits) throws -> Transport {
        var configuration = TransportConfiguration()
        let fair = max(1, limits.storeConnections / configuration.loops)
        configuration.connectionsPerLoop = min(configuration.connectionsPerLoop, fair)
        configuration.caFile = caFile
        configuration.userAgent = Longshore.userAgent
        return try Transport(configuration: configuration)
    }

    /// The profile's, where the settings and the environment name none.
    private static func region(_ environment: [String: String], _ store: Settings.Store) -> String {
        var profile: String?
        if case .profile(let name) = store.credentials { profile = name }
        return SharedConfiguration(environment: environment, profile: profile).region ?? "us-east-1"
    }
}
