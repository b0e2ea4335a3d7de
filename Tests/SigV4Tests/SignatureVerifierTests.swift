import SigV4
import Testing

@Suite struct SignatureVerifierTests {
    private static let credentials = Credentials(
        accessKeyID: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
    private static let time = SigningTime(secondsSince1970: 1_440_938_160)

    @Test(arguments: try Fixture.load("s3-header").cases)
    func whatWasSignedHolds(example: Fixture.Case) throws {
        let fixture = try Fixture.load("s3-header")
        let signer = RequestSigner(credentials: fixture.credentials, region: fixture.region)
        let verifier = SignatureVerifier(region: fixture.region) {
            $0 == fixture.accessKeyID ? fixture.credentials : nil
        }
        let time = try example.signingTime()
        let authorization = signer.authorization(for: example.canonicalRequest, at: time)
        let verified = try verifier.verify(example.received(authorization: authorization), now: time)
        #expect(verified.accessKeyID == fixture.accessKeyID && !verified.isPresigned && verified.signedAt == time)
        #expect(verified.payload == .sha256(SHA256Hash(of: Array(example.body.utf8))))
    }

    @Test func thePublishedPresignedURLHolds() throws {
        let fixture = try Fixture.loadPresigned()
        let owner = Credentials(accessKeyID: fixture.accessKeyID, secretAccessKey: fixture.secretAccessKey)
        let verifier = SignatureVerifier(region: fixture.region) { _ in owner }
        let request = ReceivedRequest(
            method: "GET", target: "\(fixture.path)?\(fixture.query)", headers: [(name: "host", value: fixture.host)])
        let signed = try #require(SigningTime(fixture.time.utf8))
        let verified = try verifier.verify(request, now: signed)
        #expect(verified.isPresigned && verified.payload == .unsigned)
        let late = SigningTime(secondsSince1970: signed.secondsSince1970 + 86_401)
        #expect(failure(verifier, request, late)?.code == .accessDenied)
        let early = SigningTime(secondsSince1970: signed.secondsSince1970 - 901)
        #expect(failure(verifier, request, early)?.code == .accessDenied)
        let other = ReceivedRequest(method: "PUT", target: request.target, headers: request.headers)
        #expect(failure(verifier, other, signed)?.code == .signatureDoesNotMatch)
    }

    @Test(arguments: [(900, true), (-900, true), (901, false), (-901, false)] as [(Int64, Bool)])
    func theClockMayBeOffByFifteenMinutes(offset: Int64, isAccepted: Bool) {
        let now = SigningTime(secondsSince1970: Self.time.secondsSince1970 + offset)
        let found = failure(verifier(), signed(), now)
        #expect(found?.code == (isAccepted ? nil : .requestTimeTooSkewed))
    }

    @Test func eachTamperingHasItsCode() {
        let good = signed()
        #expect(failure(verifier(), good)?.code == nil)
        #expect(failure(verifier(), replacing(good, target: "/bucket/other"))?.code == .signatureDoesNotMatch)
        #expect(failure(verifier(), replacing(good, method: "DELETE"))?.code == .signatureDoesNotMatch)
        #expect(failure(verifier(), replacing(good, header: "host", with: "evil"))?.code == .signatureDoesNotMatch)
        #expect(failure(verifier(), replacing(good, header: "x-amz-acl", with: "public-read"))?.code == .accessDenied)
        #expect(failure(verifier(), replacing(good, header: "authorization", with: nil))?.code == .accessDenied)
        #expect(failure(verifier(), replacing(good, header: "authorization", with: "AWS a:b"))?.code == .invalidRequest)
        #expect(
            failure(verifier(), replacing(good, header: "authorization", with: "AWS4-HMAC-SHA256 x"))?.code
                == .authorizationHeaderMalformed)
        #expect(failure(verifier(), replacing(good, header: "x-amz-date", with: nil))?.code == .accessDenied)
        #expect(
            failure(verifier(), replacing(good, header: "x-amz-content-sha256", with: nil))?.code == .invalidRequest)
        #expect(failure(verifier(secret: "other"), good)?.code == .signatureDoesNotMatch)
        #expect(failure(SignatureVerifier(region: nil) { _ in nil }, good)?.code == .invalidAccessKeyID)
    }

    @Test func anotherRegionIsNamed() {
        let found = failure(SignatureVerifier(region: "eu-west-1") { _ in Self.credentials }, signed())
        #expect(found?.code == .authorizationHeaderMalformed && found?.expectedRegion == "eu-west-1")
        #expect(found?.status == 400)
        #expect(failure(SignatureVerifier(region: nil) { _ in Self.credentials }, signed()) == nil)
    }

    @Test func sessionTokensMustBelongToTheirKey() {
        let owner = Credentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "secret", sessionToken: "token")
        let verifier = SignatureVerifier(region: nil) { _ in owner }
        #expect(failure(verifier, signed(by: owner, token: "token")) == nil)
        #expect(failure(verifier, signed(by: owner, token: "other"))?.code == .invalidToken)
        #expect(failure(verifier, signed(by: owner, token: nil))?.code == .invalidToken)
        #expect(failure(self.verifier(), signed(by: Self.credentials, token: "token"))?.code == .invalidToken)
    }

    @Test func aTargetThatIsEncodedOtherwiseIsTheSameRequest() throws {
        let good = signed(target: "/bucket/a b/é?list-type=2&prefix=a/b")
        let other = replacing(good, target: "/bucket/a%20b/%c3%a9?prefix=a%2Fb&list-type=2")
        #expect(failure(verifier(), other) == nil)
    }

    private func verifier(secret: String? = nil) -> SignatureVerifier {
        SignatureVerifier(region: "us-east-1") { name in
            guard name == "AKIDEXAMPLE" else { return nil }
            return secret.map { Credentials(accessKeyID: name, secretAccessKey: $0) } ?? Self.credentials
        }
    }

    private func failure(
        _ verifier: SignatureVerifier, _ request: ReceivedRequest, _ now: SigningTime = time
    ) -> SignatureFailure? {
        do throws(SignatureFailure) {
            _ = try verifier.verify(request, now: now)
            return nil
        } catch {
            return error
        }
    }

    private func signed(
        by credentials: Credentials = credentials, token: String? = nil, target: String = "/bucket/key"
    ) -> ReceivedRequest {
        var headers = [
            (name: "Host", value: "localhost:9000"), (name: "X-Amz-Content-SHA256", value: "UNSIGNED-PAYLOAD"),
            (name: "X-Amz-Date", value: String(decoding: Self.time.basicFormat, as: UTF8.self)),
        ]
        if let token { headers.append((name: "X-Amz-Security-Token", value: token)) }
        let halves = target.split(separator: "?", maxSplits: 1)
        let query = halves.dropFirst().flatMap { $0.split(separator: "&") }.map { item in
            let parts = item.split(separator: "=")
            return (name: "\(parts[0])", value: "\(parts[1])")
        }
        let request = CanonicalRequest(
            method: "PUT", path: URIEncoding.path(Array(halves[0].utf8)), query: CanonicalQuery(query).bytes,
            headers: CanonicalHeaders(sorting: headers), payloadHash: PayloadHash.unsigned.text)
        let authorization = RequestSigner(credentials: credentials, region: "us-east-1")
            .authorization(for: request, at: Self.time)
        headers.append((name: "authorization", value: String(decoding: authorization, as: UTF8.self)))
        return ReceivedRequest(method: "PUT", target: target, headers: headers)
    }

    private func replacing(
        _ request: ReceivedRequest, method: String? = nil, target: String? = nil, header: String? = nil,
        with value: String? = nil
    ) -> ReceivedRequest {
        var headers = request.headers.filter { $0.name.lowercased() != header }
        if let header, let value { headers.append((name: header, value: value)) }
        return ReceivedRequest(method: method ?? request.method, target: target ?? request.target, headers: headers)
    }
}
