import CurlTransport
import Foundation
import Model
import S3Client
import SigV4
import Support

/// What sources of credentials reach in a test: variables, files in memory, one scripted server for whatever they ask, and
/// a clock of the test's own.
struct CredentialsWorld {
    let server: ScriptedServer
    let manual: ManualEnvironment
    let surroundings: CredentialsSurroundings

    /// - Parameter variables: `{server}` in a value is the scripted server's URL.
    init(
        variables: [String: String] = [:], files: [String: String] = [:], _ replies: [ScriptedServer.Reply] = [],
        otherwise: ScriptedServer.Reply = .reset, jitter: Double = 1
    ) throws {
        let server = try ScriptedServer(replies, otherwise: otherwise)
        self.server = server
        manual = ManualEnvironment(jitter: jitter)
        let url = "http://127.0.0.1:\(server.port)"
        var surroundings = CredentialsSurroundings(
            variables: ["HOME": "/home/me"].merging(
                variables.mapValues { $0.replacingOccurrences(of: "{server}", with: url) }
            ) { $1 },
            transport: try Transport(configuration: TransportConfiguration(loops: 1)), clock: manual.environment,
            readFile: { files[$0].map { Array($0.utf8) } })
        // The machine may be busy.
        surroundings.metadataTimeout = .seconds(30)
        self.surroundings = surroundings
    }

    func chain(
        profile: String? = nil, onFailedRenewal: @escaping @Sendable (CredentialsError) -> Void = { _ in }
    ) -> CredentialsProvider {
        .chain(surroundings, profile: profile, onFailedRenewal: onFailedRenewal)
    }

    /// What a provider signs with at the clock's time.
    func credentials(_ provider: CredentialsProvider) async -> Result<Credentials, CredentialsError> {
        do throws(CredentialsError) {
            return .success(try await provider.signer(region: "us-east-1", now: manual.time).credentials)
        } catch {
            return .failure(error)
        }
    }

    func credentials(profile: String? = nil) async -> Result<Credentials, CredentialsError> {
        await credentials(chain(profile: profile))
    }

    /// What one source says.
    func answer(_ source: some CredentialsSource) async -> Result<Credentials, CredentialsError> {
        await credentials(CredentialsProvider([source], clock: manual.environment))
    }
}

extension Result where Success == Credentials, Failure == CredentialsError {
    var keyID: String? { (try? get())?.accessKeyID }
    var error: CredentialsError? {
        if case .failure(let error) = self { error } else { nil }
    }
}

extension ScriptedServer.Reply {
    /// Credentials as containers, instances and processes write them. They end `lifetime` seconds after the clock's start.
    static func document(_ id: String, lifetime: Int = 3600, token: String? = "token") -> Self {
        .ok(Array(documentText(id, lifetime: lifetime, token: token).utf8))
    }

    static func documentText(_ id: String, lifetime: Int = 3600, token: String? = "token") -> String {
        let end = isoTime(lifetime)
        let named = token.map { "\"Token\":\"\($0)\",\"SessionToken\":\"\($0)\"," } ?? ""
        return "{\"Version\":1,\"Code\":\"Success\",\"AccessKeyId\":\"\(id)\",\"SecretAccessKey\":\"hush\",\(named)"
            + "\"Expiration\":\"\(end)\"}"
    }

    /// A reply of the token service.
    static func role(_ id: String, lifetime: Int = 3600, action: String = "AssumeRole") -> Self {
        .ok(
            Array(
                """
                <\(action)Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><\(action)Result><AssumedRoleUser>
                <Arn>arn:aws:sts::1:assumed-role/r/s</Arn></AssumedRoleUser><Credentials><AccessKeyId>\(id)</AccessKeyId>
                <SecretAccessKey>hush</SecretAccessKey><SessionToken>session</SessionToken>
                <Expiration>\(isoTime(lifetime))</Expiration></Credentials></\(action)Result></\(action)Response>
                """.utf8))
    }

    /// An error of the token service.
    static func refusal(_ status: Int, _ code: String, headers: [String] = []) -> Self {
        .status(
            status,
            Array(
                "<ErrorResponse><Error><Type>Sender</Type><Code>\(code)</Code><Message>no</Message></Error></ErrorResponse>"
                    .utf8),
            headers: headers)
    }

    /// Token, role, credentials: the metadata service's three replies.
    static func instance(_ id: String, lifetime: Int = 3600) -> [Self] {
        [.ok(Array("TOKEN".utf8)), .ok(Array("role-of-mine".utf8)), .document(id, lifetime: lifetime)]
    }

    private static func isoTime(_ lifetime: Int) -> String {
        let start = ManualEnvironment.start.microseconds / 1_000_000
        return Date(timeIntervalSince1970: Double(Int(start) + lifetime)).formatted(.iso8601)
    }
}
