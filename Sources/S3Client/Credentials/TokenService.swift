import CurlTransport
import Model
import SigV4

/// AWS's Security Token Service: exchanges credentials or an identity token for those of a role.
///
/// Query protocol, replies in XML (AWS STS API reference). No S3 requests: they take no permit.
struct TokenService: Sendable {
    let surroundings: CredentialsSurroundings
    /// The profile's region; the environment's counts more.
    let region: String?

    private static let attempts = 3
    private static let connectTimeout = Duration.seconds(3)
    private static let totalTimeout = Duration.seconds(15)
    /// From so many seconds between our clock and the service's on, its own is taken: it allows 5 minutes.
    private static let toleratedSkewInSeconds: Int64 = 240

    /// AssumeRole, signed with the credentials that may assume it.
    func assume(_ role: AssumedRole, as base: Credentials) async throws(CredentialsError) -> Credentials {
        var form = Form("AssumeRole", role)
        if let id = role.externalID { form.append("ExternalId", id) }
        return try await ask(form, signedWith: base)
    }

    /// AssumeRoleWithWebIdentity: the token stands for a signature.
    func assume(_ role: AssumedRole, webIdentity token: SecretBytes) async throws(CredentialsError) -> Credentials {
        var form = Form("AssumeRoleWithWebIdentity", role)
        form.append("WebIdentityToken", token.bytes)
        return try await ask(form, signedWith: nil)
    }

    private func ask(_ form: Form, signedWith credentials: Credentials?) async throws(CredentialsError) -> Credentials {
        let endpoint = try endpoint()
        var reply = try await send(form, to: endpoint, signedWith: credentials, skewInSeconds: 0)
        // Our clock may be wrong: then the reply carries the right time, and once is enough.
        if reply.status != 200, credentials != nil, let skew = skew(of: reply) {
            reply = try await send(form, to: endpoint, signedWith: credentials, skewInSeconds: skew)
        }
        let document = TokenDocument(reply.body)
        guard reply.status == 200 else {
            let word = document?.errorCode ?? "status \(reply.status)"
            let message = document?.errorMessage ?? "no reason given"
            let isAway = reply.status >= 500 || reply.status == 429 || word == "IDPCommunicationError"
            throw CredentialsError(
                "\(form.action) at \(endpoint.authority): \(word): \(message)", code: isAway ? .away : .unavailable)
        }
        guard let credentials = try document?.credentials() else {
            throw CredentialsError(
                "\(form.action) at \(endpoint.authority): its answer has no credentials", code: .away)
        }
        return credentials
    }

    private func send(
        _ form: Form, to endpoint: Endpoint, signedWith credentials: Credentials?, skewInSeconds: Int64
    ) async throws(CredentialsError) -> Reply {
        try await surroundings.fetch(attempts: Self.attempts) { () throws(CredentialsError) in
            let ours = surroundings.clock.wallClock().signingTime
            let time = SigningTime(secondsSince1970: ours.secondsSince1970 + skewInSeconds)
            return Exchange(
                method: .post, url: Array("\(endpoint.origin)\(endpoint.basePath)/".utf8),
                headers: headers(of: form, endpoint, credentials, time), body: .bytes(form.bytes),
                sink: .collect(limitInBytes: 64 << 10), connectTimeout: Self.connectTimeout,
                totalTimeout: Self.totalTimeout)
        }
    }

    private func headers(
        of form: Form, _ endpoint: Endpoint, _ credentials: Credentials?, _ time: SigningTime
    ) -> HeaderLines {
        var lines = HeaderLines()
        var canonical = CanonicalHeaders()
        func add(_ name: String, _ value: [UInt8]) {
            canonical.append(name, value)
            lines.append(name: Array(name.utf8), value: value)
        }
        add("content-type", Array("application/x-www-form-urlencoded; charset=utf-8".utf8))
        guard let credentials else { return lines }
        let hash = PayloadHash.sha256(SHA256Hash(of: form.bytes)).text
        canonical.append("host", endpoint.authority)
        add("x-amz-content-sha256", hash)
        add("x-amz-date", time.basicFormat)
        if let token = credentials.sessionToken { add("x-amz-security-token", token.bytes) }
        let request = CanonicalRequest(
            method: "POST", path: Array("\(endpoint.basePath)/".utf8), query: [], headers: canonical,
            payloadHash: hash)
        let signer = RequestSigner(credentials: credentials, region: serviceRegion, service: "sts")
        lines.append(name: "authorization", value: signer.authorization(for: request, at: time))
        return lines
    }

    /// Nil when the clocks agree, or the reply has no date.
    private func skew(of reply: Reply) -> Int64? {
        guard let theirs = reply.headers["date"].flatMap({ Timestamp(httpDate: $0) }) else { return nil }
        let skew = theirs.signingTime.secondsSince1970 - surroundings.clock.wallClock().signingTime.secondsSince1970
        return abs(skew) >= Self.toleratedSkewInSeconds ? skew : nil
    }

    private var serviceRegion: String {
        surroundings.variable("AWS_REGION") ?? surroundings.variable("AWS_DEFAULT_REGION") ?? region ?? "us-east-1"
    }

    /// `AWS_ENDPOINT_URL_STS`, `AWS_ENDPOINT_URL`, or the region's own (AWS SDK reference, "Service-specific endpoints").
    private func endpoint() throws(CredentialsError) -> Endpoint {
        for variable in ["AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"] {
            guard let text = surroundings.variable(variable) else { continue }
            guard let endpoint = Endpoint(text) else {
                throw CredentialsError("\(variable) is not http(s)://host[:port][/path]")
            }
            return endpoint
        }
        return .aws(service: "sts", region: serviceRegion)
    }

    /// The body of a request.
    private struct Form {
        let action: String
        private(set) var bytes: [UInt8] = []

        init(_ action: String, _ role: AssumedRole) {
            self.action = action
            append("Action", action)
            append("Version", "2011-06-15")
            append("RoleArn", role.arn)
            append("RoleSessionName", role.sessionName)
            if let seconds = role.durationInSeconds { append("DurationSeconds", String(seconds)) }
        }

        mutating func append(_ name: String, _ value: String) { append(name, Array(value.utf8)) }

        mutating func append(_ name: String, _ value: [UInt8]) {
            if !bytes.isEmpty { bytes.append(UInt8(ascii: "&")) }
            bytes.append(contentsOf: name.utf8)
            bytes.append(UInt8(ascii: "="))
            URIEncoding.appendQueryComponent(value, to: &bytes)
        }
    }
}
