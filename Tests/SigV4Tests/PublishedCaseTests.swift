import SigV4
import Testing

/// AWS's own examples come out digit by digit.
@Suite struct PublishedCaseTests {
    @Test(arguments: try Fixture.load("s3-header").cases)
    func s3ExamplesAreSignedAsPublished(example: Fixture.Case) throws {
        try check(example, of: Fixture.load("s3-header"))
    }

    @Test(arguments: try Fixture.load("suite").cases)
    func suiteCasesAreSignedAsPublished(example: Fixture.Case) throws {
        try check(example, of: Fixture.load("suite"))
    }

    @Test func thePresignedExampleComesOutAsPublished() throws {
        let fixture = try Fixture.loadPresigned()
        let credentials = Credentials(accessKeyID: fixture.accessKeyID, secretAccessKey: fixture.secretAccessKey)
        let query = RequestSigner(credentials: credentials, region: fixture.region).presignedQuery(
            method: fixture.method, host: fixture.host, path: Array(fixture.path.utf8), lifetime: fixture.lifetime,
            at: try #require(SigningTime(fixture.time.utf8)))
        #expect(String(decoding: query, as: UTF8.self) == fixture.query)
    }

    @Test func theKeyFollowsTheDay() throws {
        let fixture = try Fixture.load("suite")
        let example = try #require(fixture.cases.first)
        let signer = RequestSigner(credentials: fixture.credentials, region: fixture.region, service: fixture.service)
        let time = try example.signingTime()
        let nextDay = SigningTime(secondsSince1970: time.secondsSince1970 + 86_400)
        let first = signer.authorization(for: example.canonicalRequest, at: time)
        #expect(signer.authorization(for: example.canonicalRequest, at: nextDay) != first)
        #expect(signer.authorization(for: example.canonicalRequest, at: time) == first)
    }

    private func check(_ example: Fixture.Case, of fixture: Fixture) throws {
        let signer = RequestSigner(credentials: fixture.credentials, region: fixture.region, service: fixture.service)
        let request = example.canonicalRequest
        if let hash = example.canonicalRequestHash {
            #expect(SHA256Hash(of: request.bytes).hexadecimal == Array(hash.utf8))
        }
        #expect(signer.signature(for: request, at: try example.signingTime()) == Array(example.signature.utf8))
        let authorization = String(
            decoding: signer.authorization(for: request, at: try example.signingTime()), as: UTF8.self)
        #expect(authorization.hasPrefix("AWS4-HMAC-SHA256 Credential=\(fixture.accessKeyID)/2"))
        #expect(authorization.hasSuffix(",Signature=\(example.signature)"))
    }
}
