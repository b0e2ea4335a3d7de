import Synchronization

/// Checks AWS Signature Version 4 on requests to one service, in the header and in the presigned form, as S3 does.
///
/// Any thread may verify. The body is not looked at: `VerifiedRequest.payload` says what it must be.
package struct SignatureVerifier: Sendable {
    /// Seconds that the client's clock may be off (S3 API reference, RequestTimeTooSkewed).
    package static let allowedSkewInSeconds: Int64 = 900

    private let region: String?
    private let service: String
    private let credentials: @Sendable (_ accessKeyID: String) -> Credentials?
    private let signers = SignerCache()

    /// - Parameters:
    ///   - region: the only one that is accepted; nil accepts what the client signed for.
    ///   - credentials: the owner of an access key; nil when nobody has it.
    package init(
        region: String?, service: String = "s3",
        credentials: @escaping @Sendable (_ accessKeyID: String) -> Credentials?
    ) {
        self.region = region
        self.service = service
        self.credentials = credentials
    }

    package func verify(
        _ request: ReceivedRequest, now: SigningTime
    ) throws(SignatureFailure) -> VerifiedRequest {
        let query = request.queryItems
        guard let claim = try SignatureClaim.read(from: request, query: query) else {
            throw SignatureFailure(.accessDenied, "Access Denied")
        }
        try checkScope(claim)
        guard let owner = credentials(claim.accessKeyID) else {
            throw SignatureFailure(
                .invalidAccessKeyID, "The AWS Access Key Id you provided does not exist in our records.")
        }
        try checkTime(claim, now: now)
        try checkCoverage(claim, request)
        try checkToken(claim, request, query, of: owner)
        let payload = try payloadText(claim, request)
        let canonical = CanonicalRequest(
            method: request.method, path: request.canonicalPath,
            query: CanonicalQuery(query.filter { $0.name != Self.signatureParameter }).bytes,
            headers: headers(claim, request), payloadHash: payload)
        let signer = signers.signer(for: owner, region: claim.region, service: service)
        guard SecretBytes(signer.signature(for: canonical, at: claim.time)) == SecretBytes(claim.signature) else {
            throw SignatureFailure(
                .signatureDoesNotMatch,
                "The request signature we calculated does not match the signature you provided. "
                    + "Check your key and signing method.")
        }
        return VerifiedRequest(
            accessKeyID: claim.accessKeyID, payload: PayloadHash(text: payload), signedAt: claim.time,
            isPresigned: claim.lifetime != nil)
    }

    private static let signatureParameter = Array("X-Amz-Signature".utf8)
    private static let amazonPrefix = Array("x-amz-".utf8)

    private func checkScope(_ claim: SignatureClaim) throws(SignatureFailure) {
        if let region, claim.region != region {
            throw SignatureFailure(
                claim.malformed,
                "The authorization header is malformed; the region '\(claim.region)' is wrong; expecting '\(region)'",
                expectedRegion: region)
        }
        guard claim.service == service else {
            throw SignatureFailure(
                claim.malformed, "incorrect service \"\(claim.service)\". This endpoint belongs to \"\(service)\".")
        }
        var day: [UInt8] = []
        claim.time.appendDay(to: &day)
        guard Array(claim.day.utf8) == day else {
            throw SignatureFailure(
                claim.malformed, "Invalid credential date \"\(claim.day)\". It is not the day of the request.")
        }
    }

    private func checkTime(_ claim: SignatureClaim, now: SigningTime) throws(SignatureFailure) {
        let age = now.secondsSince1970 - claim.time.secondsSince1970
        if let lifetime = claim.lifetime {
            if age > lifetime { throw SignatureFailure(.accessDenied, "Request has expired") }
            if age < -Self.allowedSkewInSeconds {
                throw SignatureFailure(.accessDenied, "Request is not yet valid")
            }
        } else if abs(age) > Self.allowedSkewInSeconds {
            throw SignatureFailure(
                .requestTimeTooSkewed, "The difference between the request time and the current time is too large.")
        }
    }

    /// `host` and every `x-amz-` header that came must be signed, or a stranger could have added them.
    private func checkCoverage(_ claim: SignatureClaim, _ request: ReceivedRequest) throws(SignatureFailure) {
        guard claim.signedHeaders.contains("host") else {
            throw SignatureFailure(claim.malformed, "SignedHeaders must contain host")
        }
        for (name, _) in request.headers where name.utf8.starts(with: Self.amazonPrefix) {
            let isPresignedHash = claim.lifetime != nil && name == "x-amz-content-sha256"
            guard isPresignedHash || claim.signedHeaders.contains(name) else {
                throw SignatureFailure(
                    .accessDenied, "There were headers present in the request which were not signed: \(name)")
            }
        }
    }

    private func checkToken(
        _ claim: SignatureClaim, _ request: ReceivedRequest, _ query: [(name: [UInt8], value: [UInt8])],
        of owner: Credentials
    ) throws(SignatureFailure) {
        let sent =
            claim.lifetime == nil
            ? request.header("x-amz-security-token").map { SecretBytes($0) }
            : query.first { $0.name == Array("X-Amz-Security-Token".utf8) }.map { SecretBytes($0.value) }
        guard sent == owner.sessionToken else {
            throw SignatureFailure(.invalidToken, "The provided token is malformed or otherwise invalid.")
        }
    }

    private func payloadText(_ claim: SignatureClaim, _ request: ReceivedRequest) throws(SignatureFailure) -> [UInt8] {
        if let text = request.header("x-amz-content-sha256") { return Array(text.utf8) }
        guard claim.lifetime != nil else {
            throw SignatureFailure(.invalidRequest, "Missing required header for this request: x-amz-content-sha256")
        }
        return PayloadHash.unsigned.text
    }

    /// Clients sort their list; one that does not is sorted here, as S3 does.
    private func headers(_ claim: SignatureClaim, _ request: ReceivedRequest) -> CanonicalHeaders {
        let names = claim.signedHeaders
        guard zip(names, names.dropFirst()).allSatisfy({ $0 < $1 }) else {
            return CanonicalHeaders(sorting: Set(names).map { ($0, request.header($0) ?? "") })
        }
        var headers = CanonicalHeaders()
        for name in names { headers.append(name, request.header(name) ?? "") }
        return headers
    }

    /// One signer, and with it one derived key, for each access key and region that came by.
    private final class SignerCache: Sendable {
        private let signers = Mutex<[Name: RequestSigner]>([:])
        private struct Name: Hashable {
            let accessKeyID: String
            let region: String
        }

        /// More than any test or demo has; beyond it the cache starts afresh.
        private static let mostSigners = 256

        func signer(for owner: Credentials, region: String, service: String) -> RequestSigner {
            signers.withLock { signers in
                let name = Name(accessKeyID: owner.accessKeyID, region: region)
                if let known = signers[name], known.credentials == owner { return known }
                if signers.count >= Self.mostSigners { signers.removeAll() }
                let signer = RequestSigner(credentials: owner, region: region, service: service)
                signers[name] = signer
                return signer
            }
        }
    }
}
