import Glibc
import SigV4

/// Checks who sends a request, for a store with one access key.
struct Authenticator: Sendable {
    private let verifier: SignatureVerifier?
    private let credentials: Credentials?
    private let allowsAnonymousReads: Bool
    private let clockOffsetInSeconds: Int64

    init(_ configuration: DevStoreConfiguration) {
        credentials = configuration.credentials
        allowsAnonymousReads = configuration.allowsAnonymousReads
        clockOffsetInSeconds = configuration.clockOffset.components.seconds
        verifier = configuration.credentials.map { owner in
            SignatureVerifier(region: configuration.region) { id in
                if id == owner.accessKeyID { return owner }
                return configuration.takesSessions ? Self.session(id, of: owner) : nil
            }
        }
    }

    /// - Returns: what checks the chunks of the body, when they are signed and signatures are checked.
    func verify(_ request: S3Request) throws(S3Failure) -> ChunkSigner? {
        guard let verifier else { return nil }
        if allowsAnonymousReads, request.operation.isRead, !Self.isSigned(request) { return nil }
        var headers = request.headers.fields
        if request.headers["host"] == nil, let authority = request.authority { headers.append(("host", authority)) }
        let now = SigningTime(secondsSince1970: Int64(time(nil)) + clockOffsetInSeconds)
        let verified: VerifiedRequest
        do throws(SignatureFailure) {
            verified = try verifier.verify(
                ReceivedRequest(method: request.method, target: request.target, headers: headers), now: now)
        } catch {
            throw failure(error, now: now)
        }
        if let credentials, let session = Self.session(verified.accessKeyID, of: credentials),
            let end = session.expiration, end <= now
        {
            throw S3Failure(.expiredToken)
        }
        guard case .other(let text) = verified.payload,
            case .chunked(isSigned: true, _) = PayloadFraming(streaming: String(decoding: text, as: UTF8.self))
        else { return nil }
        return chunkSigner(request, verified)
    }

    /// What signs for a session, whether it is over or not; nil when the ID is none of a session of this key.
    private static func session(_ id: String, of owner: Credentials) -> Credentials? {
        let prefix = "\(owner.accessKeyID)-until-"
        guard id.hasPrefix(prefix), let end = Int64(id.dropFirst(prefix.count)) else { return nil }
        return Credentials(
            accessKeyID: id, secretAccessKey: owner.secretAccessKey, sessionToken: SecretBytes("session-until-\(end)"),
            expiration: SigningTime(secondsSince1970: end))
    }

    private static func isSigned(_ request: S3Request) -> Bool {
        request.headers["authorization"] != nil || request.query.has("X-Amz-Signature")
    }

    /// The seed signature and the scope stand in the header that was just verified.
    private func chunkSigner(_ request: S3Request, _ verified: VerifiedRequest) -> ChunkSigner? {
        guard let credentials, let header = request.headers["authorization"] else { return nil }
        func field(_ name: String) -> Substring? {
            header.firstRange(of: name + "=").map { header[$0.upperBound...].prefix { $0 != "," && $0 != " " } }
        }
        guard let credential = field("Credential"), let seed = field("Signature"),
            let slash = credential.firstIndex(of: "/")
        else { return nil }
        return ChunkSigner(
            secret: credentials.secretAccessKey.bytes,
            time: String(decoding: verified.signedAt.basicFormat, as: UTF8.self),
            scope: String(credential[credential.index(after: slash)...]), seed: String(seed))
    }

    private func failure(_ failure: SignatureFailure, now: SigningTime) -> S3Failure {
        var details: [S3Failure.Detail] = []
        if let region = failure.expectedRegion { details.append(.init(name: "Region", value: region)) }
        if failure.code == .requestTimeTooSkewed {
            details.append(.init(name: "ServerTime", value: String(decoding: now.basicFormat, as: UTF8.self)))
            details.append(.init(name: "MaxAllowedSkewMilliseconds", value: "900000"))
        }
        guard let code = S3ErrorCode(rawValue: failure.code.rawValue) else {
            return S3Failure(code: failure.code.rawValue, status: failure.status, message: failure.message)
        }
        return S3Failure(code, failure.message, details: details)
    }
}
