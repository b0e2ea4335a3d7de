package import CurlTransport
package import Model
import SigV4

/// S3's operations on one store as async functions. Any task may call them; copies share what the client learns.
///
/// Each function takes an `acquire` closure and asks it for a permit before each exchange, as the last thing before it is
/// signed and sent; the permit is given back when the exchange is over, never held while waiting. Retries happen inside;
/// what comes out is final. A cancelled task ends its exchange or wait at once with `S3Error.Code.cancelled`.
package struct S3Client: Sendable {
    /// Grants the right to one exchange. `attempt` counts from 1. Throwing ends the operation as cancelled.
    package typealias Acquire = @Sendable (_ attempt: Int) async throws -> Permit

    package let configuration: StoreConfiguration
    package let policy: RetryPolicy
    /// Whether exchanges with this store are encrypted: `PayloadProtection` asks.
    package internal(set) var isSecure: Bool
    let transport: Transport
    let credentials: CredentialsProvider
    let environment: ClientEnvironment
    let state: ClientState
    /// Told each time the store asks to slow down: with the round of the permit whose request it refused, and the wait that it
    /// asked for.
    package typealias OnThrottle = @Sendable (_ round: UInt64, _ after: Duration?) -> Void

    let onThrottle: OnThrottle
    let figures: RequestFigures

    /// Throws `.invalidRequest` when the endpoint of the settings is no address.
    package init(
        configuration: StoreConfiguration, transport: Transport, credentials: CredentialsProvider,
        policy: RetryPolicy = RetryPolicy(), environment: ClientEnvironment = .system,
        figures: RequestFigures = RequestFigures(),
        onThrottle: @escaping OnThrottle = { _, _ in }
    ) throws(S3Error) {
        let endpoint = configuration.endpoint.flatMap { Endpoint($0) }
        guard endpoint != nil || configuration.endpoint == nil else {
            throw S3Error(
                .invalidRequest, operation: .headBucket,
                message: "the endpoint of store \(configuration.name) is not http(s)://host[:port][/path]", attempts: 0)
        }
        self.configuration = configuration
        self.transport = transport
        self.credentials = credentials
        self.policy = policy
        self.environment = environment
        self.onThrottle = onThrottle
        self.figures = figures
        isSecure = endpoint?.isSecure ?? true
        state = ClientState(store: configuration, endpoint: endpoint)
    }
}
