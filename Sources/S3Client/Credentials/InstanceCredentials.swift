import CurlTransport
import SigV4

/// Credentials of the role that is attached to an EC2 instance, from its metadata service, version 2 only (AWS EC2 user
/// guide, "Use the Instance Metadata Service").
package struct InstanceCredentials: CredentialsSource {
    package let name = "the instance's metadata"
    package let isStable = true
    private let surroundings: CredentialsSurroundings

    private static let tokenLifetimeInSeconds = 21_600
    private static let roles = "/latest/meta-data/iam/security-credentials/"

    package init(surroundings: CredentialsSurroundings) {
        self.surroundings = surroundings
    }

    package func load() async throws(CredentialsError) -> CredentialsAnswer {
        if surroundings.variable("AWS_EC2_METADATA_DISABLED")?.lowercased() == "true" {
            return .nothing("AWS_EC2_METADATA_DISABLED is true")
        }
        let endpoint = try endpoint()
        let token: SecretBytes
        do throws(CredentialsError) {
            let reply = try await ask(
                endpoint, .put, "/latest/api/token", "x-aws-ec2-metadata-token-ttl-seconds",
                Array(String(Self.tokenLifetimeInSeconds).utf8))
            guard reply.status == 200, !reply.body.isEmpty else {
                return .nothing("\(endpoint.authority) gives no token (status \(reply.status))")
            }
            token = SecretBytes(reply.body)
        } catch {
            if error.code == .cancelled { throw error }
            // This is most likely no instance.
            return .nothing("\(endpoint.authority): \(error.message)")
        }
        let roles = try await get(endpoint, Self.roles, token)
        guard roles.status == 200, let role = Self.firstLine(roles.body) else {
            return .nothing("no role is attached to the instance (status \(roles.status))")
        }
        let reply = try await get(endpoint, Self.roles + role, token)
        guard reply.status == 200, let document = CredentialsDocument(reply.body) else {
            throw CredentialsError("no credentials for role \(role) (status \(reply.status))", code: .away)
        }
        if let code = document.code, code != "Success" {
            throw CredentialsError("no credentials for role \(role): \(code)", code: .away)
        }
        return .found(try document.credentials())
    }

    private func get(
        _ endpoint: Endpoint, _ path: String, _ token: SecretBytes
    ) async throws(CredentialsError) -> Reply {
        let reply = try await ask(endpoint, .get, path, "x-aws-ec2-metadata-token", token.bytes)
        if reply.status >= 500 || reply.status == 429 {
            throw CredentialsError("it answered with status \(reply.status)", code: .away)
        }
        return reply
    }

    private func ask(
        _ endpoint: Endpoint, _ method: Exchange.Method, _ path: String, _ header: StaticString, _ value: [UInt8]
    ) async throws(CredentialsError) -> Reply {
        // Once: a renewal comes back to it soon enough, and outside of EC2 each try would cost a second.
        try await surroundings.fetch(attempts: 1) { () throws(CredentialsError) in
            var headers = HeaderLines()
            headers.append(name: header, value: value)
            return Exchange(
                method: method, url: Array("\(endpoint.origin)\(endpoint.basePath)\(path)".utf8), headers: headers,
                sink: .collect(limitInBytes: 64 << 10), connectTimeout: surroundings.metadataTimeout,
                totalTimeout: surroundings.metadataTimeout)
        }
    }

    private func endpoint() throws(CredentialsError) -> Endpoint {
        let standard =
            surroundings.variable("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE")?.lowercased() == "ipv6"
            ? "http://[fd00:ec2::254]" : "http://169.254.169.254"
        guard let endpoint = Endpoint(surroundings.variable("AWS_EC2_METADATA_SERVICE_ENDPOINT") ?? standard) else {
            throw CredentialsError("AWS_EC2_METADATA_SERVICE_ENDPOINT is no http or https URL")
        }
        return endpoint
    }

    /// A role's name, fit for a URL.
    private static func firstLine(_ body: [UInt8]) -> String? {
        let line = String(decoding: body, as: UTF8.self).split(whereSeparator: \.isNewline).first
        guard let line, line.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") }) else { return nil }
        return String(line)
    }
}
