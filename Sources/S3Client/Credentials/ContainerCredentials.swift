import CurlTransport
import SigV4

/// Credentials that a container's agent hands out: Amazon ECS, EKS Pod Identity (AWS SDK reference, "Container credential
/// provider").
package struct ContainerCredentials: CredentialsSource {
    package let name = "the container's endpoint"
    private let surroundings: CredentialsSurroundings

    private static let attempts = 3
    private static let agent = "http://169.254.170.2"

    package init(surroundings: CredentialsSurroundings) {
        self.surroundings = surroundings
    }

    package func load() async throws(CredentialsError) -> CredentialsAnswer {
        guard let url = try url() else {
            return .nothing(
                "neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor AWS_CONTAINER_CREDENTIALS_FULL_URI is set")
        }
        let token = try await token()
        let reply = try await surroundings.fetch(attempts: Self.attempts) { () throws(CredentialsError) in
            var headers = HeaderLines()
            headers.append(name: "accept", value: "application/json")
            if let token { headers.append(name: "authorization", value: token.bytes) }
            return Exchange(
                method: .get, url: url, headers: headers, sink: .collect(limitInBytes: 64 << 10),
                connectTimeout: .seconds(2), totalTimeout: .seconds(5))
        }
        guard reply.status == 200 else {
            throw CredentialsError(
                "it answered with status \(reply.status)",
                code: reply.status >= 500 || reply.status == 429 ? .away : .unavailable)
        }
        guard let document = CredentialsDocument(reply.body) else {
            throw CredentialsError("its answer is no JSON of credentials", code: .away)
        }
        return .found(try document.credentials())
    }

    /// The relative one counts more, as in AWS's SDKs.
    private func url() throws(CredentialsError) -> [UInt8]? {
        if let path = surroundings.variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
            guard path.hasPrefix("/"), Self.isTarget(path) else {
                throw CredentialsError("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is no path that begins with a slash")
            }
            return Array((Self.agent + path).utf8)
        }
        guard let url = surroundings.variable("AWS_CONTAINER_CREDENTIALS_FULL_URI") else { return nil }
        guard let end = url.firstRange(of: "://")?.upperBound else { throw Self.badURL }
        let authority = url[end...].prefix { $0 != "/" && $0 != "?" }
        guard let endpoint = Endpoint(String(url[..<authority.endIndex])), Self.isTarget(url[authority.endIndex...])
        else { throw Self.badURL }
        guard endpoint.isSecure || Self.isTrusted(endpoint.host) else {
            throw CredentialsError(
                "AWS_CONTAINER_CREDENTIALS_FULL_URI names host \(endpoint.host); without TLS only this machine and the "
                    + "addresses of ECS and EKS (169.254.170.2, 169.254.170.23, fd00:ec2::23) are asked")
        }
        return Array(url.utf8)
    }

    /// What is sent with each request, as it stands; nil when nothing is configured. The file is read anew each time.
    private func token() async throws(CredentialsError) -> SecretBytes? {
        let text: String
        if let path = surroundings.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
            guard let read = await surroundings.token(at: path), !read.isEmpty else {
                throw CredentialsError("the token file \(path) can't be read or is empty")
            }
            text = read
        } else if let set = surroundings.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN") {
            text = set
        } else {
            return nil
        }
        guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw CredentialsError("the authorization token holds a line break or another control character")
        }
        return SecretBytes(text)
    }

    /// Whether a host without TLS may be asked: addresses of loopback and of AWS's agents. Names are not resolved; of them
    /// only `localhost` is known to stay on the machine.
    static func isTrusted(_ host: String) -> Bool {
        if ["localhost", "::1", "169.254.170.2", "169.254.170.23", "fd00:ec2::23"].contains(host) { return true }
        let octets = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        return octets.count == 4 && octets[0] == 127 && !octets.contains(nil)
    }

    private static func isTarget(_ text: some StringProtocol) -> Bool {
        text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") }
    }

    private static let badURL = CredentialsError("AWS_CONTAINER_CREDENTIALS_FULL_URI is no http or https URL")
}
