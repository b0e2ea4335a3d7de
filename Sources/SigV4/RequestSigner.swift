import Synchronization

/// Signs requests with one set of credentials for one region and service (AWS Signature Version 4).
///
/// Any thread may sign. The derived key is kept for its day, so a signature costs three short hashes.
package struct RequestSigner: Sendable {
    package let credentials: Credentials
    package let region: String
    package let service: String
    private let cache = KeyCache()

    package init(credentials: Credentials, region: String, service: String = "s3") {
        self.credentials = credentials
        self.region = region
        self.service = service
    }

    /// The value of the `Authorization` header.
    ///
    /// The request's headers contain `host`, `x-amz-content-sha256`, `x-amz-date` with the same `time`, and where there is a
    /// session token `x-amz-security-token`.
    package func authorization(for request: CanonicalRequest, at time: SigningTime) -> [UInt8] {
        let key = signingKey(at: time)
        let signature = Self.sign(request.bytes, with: key, at: time)
        var value: [UInt8] = []
        value.reserveCapacity(
            Self.fixedAuthorizationLength + credentials.accessKeyID.utf8.count + key.scope.count
                + request.headers.names.count)
        value.append(contentsOf: "AWS4-HMAC-SHA256 Credential=".utf8)
        value.append(contentsOf: credentials.accessKeyID.utf8)
        value.append(UInt8(ascii: "/"))
        value.append(contentsOf: key.scope)
        value.append(contentsOf: ",SignedHeaders=".utf8)
        value.append(contentsOf: request.headers.names)
        value.append(contentsOf: ",Signature=".utf8)
        signature.appendHexadecimal(to: &value)
        return value
    }

    /// The signature alone, 64 lower-case digits.
    package func signature(for request: CanonicalRequest, at time: SigningTime) -> [UInt8] {
        Self.sign(request.bytes, with: signingKey(at: time), at: time).hexadecimal
    }

    /// The whole query of a presigned request, signature included, for a request whose only signed header is `host`.
    ///
    /// - Parameters:
    ///   - path: encoded by `URIEncoding.path`.
    ///   - query: further names and values, not encoded.
    ///   - lifetime: seconds, 1 to 604,800.
    package func presignedQuery(
        method: String, host: String, path: [UInt8], query: [(name: String, value: String)] = [], lifetime: Int,
        at time: SigningTime
    ) -> [UInt8] {
        let key = signingKey(at: time)
        var items = query.map { (Array($0.name.utf8), Array($0.value.utf8)) }
        func add(_ name: String, _ value: [UInt8]) { items.append((Array(name.utf8), value)) }
        add("X-Amz-Algorithm", Array("AWS4-HMAC-SHA256".utf8))
        add("X-Amz-Credential", Array("\(credentials.accessKeyID)/".utf8) + key.scope)
        add("X-Amz-Date", time.basicFormat)
        add("X-Amz-Expires", Array(String(lifetime).utf8))
        add("X-Amz-SignedHeaders", Array("host".utf8))
        if let token = credentials.sessionToken { add("X-Amz-Security-Token", token.bytes) }
        let canonical = CanonicalQuery(items).bytes
        var headers = CanonicalHeaders()
        headers.append("host", host)
        let request = CanonicalRequest(
            method: method, path: path, query: canonical, headers: headers, payloadHash: PayloadHash.unsigned.text)
        let signature = Self.sign(request.bytes, with: key, at: time)
        return canonical + Array("&X-Amz-Signature=".utf8) + signature.hexadecimal
    }

    private static let fixedAuthorizationLength = 128

    private func signingKey(at time: SigningTime) -> SigningKey {
        cache.key.withLock { cached in
            if let cached, cached.daysSince1970 == time.daysSince1970 { return cached }
            let key = SigningKey(
                secret: credentials.secretAccessKey, time: time, region: region, service: service)
            cached = key
            return key
        }
    }

    private static func sign(_ canonicalRequest: [UInt8], with key: SigningKey, at time: SigningTime) -> SHA256Hash {
        var state = SHA256State()
        state.update(canonicalRequest)
        let hash = state.finalize()
        var text: [UInt8] = []
        text.reserveCapacity(17 + 17 + key.scope.count + 1 + 64)
        text.append(contentsOf: "AWS4-HMAC-SHA256\n".utf8)
        time.appendBasicFormat(to: &text)
        text.append(UInt8(ascii: "\n"))
        text.append(contentsOf: key.scope)
        text.append(UInt8(ascii: "\n"))
        hash.appendHexadecimal(to: &text)
        return key.sign(text, with: &state)
    }

    /// The newest day's key, shared by all copies of the signer.
    private final class KeyCache: Sendable {
        let key = Mutex<SigningKey?>(nil)
    }
}
