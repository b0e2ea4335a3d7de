import CurlTransport
import Logging
import S3Client
import SigV4

/// The stores' credentials. Stores that take them from the same place share a provider, and so its renewals.
///
/// Requests for credentials have a transport of their own: it trusts what `AWS_CA_BUNDLE` says, and its queue is never
/// full of S3 requests.
struct Keyrings {
    let transport: Transport
    private let environment: [String: String]
    private let logger: Logger
    /// By profile; nil is the chain.
    private var providers: [String?: CredentialsProvider] = [:]

    init(environment: [String: String], logger: Logger) throws {
        self.environment = environment
        self.logger = logger
        var configuration = TransportConfiguration(loops: 1, connectionsPerLoop: 16)
        configuration.caFile = environment["AWS_CA_BUNDLE"].flatMap { $0.isEmpty ? nil : $0 }
        configuration.userAgent = Longshore.userAgent
        do {
            transport = try Transport(configuration: configuration)
        } catch {
            throw SettingsError("credentials: \(error)")
        }
    }

    mutating func provider(_ choice: Settings.Credentials) -> CredentialsProvider {
        switch choice {
        case .chain: shared(profile: nil)
        case .profile(let name): shared(profile: name)
        case .fixed(let id, let secret, let token):
            CredentialsProvider(
                Credentials(accessKeyID: id, secretAccessKey: secret.value, sessionToken: token?.value))
        }
    }

    private mutating func shared(profile: String?) -> CredentialsProvider {
        if let known = providers[profile] { return known }
        let made = CredentialsProvider.chain(
            CredentialsSurroundings(variables: environment, transport: transport), profile: profile
        ) { [logger] error in
            logger.warning("credentials were not renewed", metadata: ["reason": "\(error.message)"])
        }
        providers[profile] = made
        return made
    }
}
