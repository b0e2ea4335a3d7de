import CurlTransport
import Model
import S3Client
import SigV4
import Support

/// A client against a scripted server, on a clock that passes by itself.
struct TestClient {
    static let credentials = Credentials(
        accessKeyID: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")

    let server: ScriptedServer
    let transport: Transport
    var client: S3Client
    let manual: ManualEnvironment
    let desk = PermitDesk()

    init(
        _ replies: [ScriptedServer.Reply], otherwise: ScriptedServer.Reply = .ok(), jitter: Double = 1,
        policy: RetryPolicy = RetryPolicy(), credentials: CredentialsProvider = CredentialsProvider(Self.credentials),
        wallStart: Timestamp = ManualEnvironment.start, responseTimeout: Duration = .seconds(60),
        onThrottle: @escaping S3Client.OnThrottle = { _, _ in }
    ) throws {
        server = try ScriptedServer(replies, otherwise: otherwise)
        transport = try Transport(configuration: TransportConfiguration())
        manual = ManualEnvironment(jitter: jitter, wallStart: wallStart)
        let store = StoreConfiguration(
            endpoint: "http://127.0.0.1:\(server.port)", responseTimeout: responseTimeout)
        client = try S3Client(
            configuration: store, transport: transport, credentials: credentials, policy: policy,
            environment: manual.environment, onThrottle: onThrottle)
    }

    var acquire: S3Client.Acquire {
        { [desk] attempt in desk.acquire(attempt) }
    }

    func put(_ key: String = "key", bytes: [UInt8] = []) async throws(S3Error) -> StoredObject {
        try await client.putObject(
            ObjectLocation(bucket: "bucket", key: Array(key.utf8)), payload: Payload(.bytes(bytes)), acquire: acquire)
    }

    /// The error of an operation that is to fail.
    func failure<Output>(_ operation: () async throws(S3Error) -> Output) async -> S3Error? {
        do throws(S3Error) {
            _ = try await operation()
            return nil
        } catch {
            return error
        }
    }
}

extension ScriptedServer.Reply {
    /// A reply with an ETag.
    static let stored = ScriptedServer.Reply.ok(headers: ["ETag: \"abc\""])

    /// S3's error document.
    static func failing(_ status: Int, _ code: String, headers: [String] = [], details: String = "") -> Self {
        let body =
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>\(code)</Code><Message>scripted</Message>"
            + "\(details)<RequestId>R1</RequestId></Error>"
        return .status(status, Array(body.utf8), headers: headers)
    }
}
