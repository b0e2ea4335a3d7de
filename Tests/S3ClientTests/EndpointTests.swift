import Testing

@testable import S3Client

@Suite struct EndpointTests {
    struct Case: CustomTestStringConvertible {
        let bucket: String
        let endpoint: String?
        var region = "us-east-1"
        var usesPathStyle: Bool?
        let origin: String
        let path: String
        var testDescription: String { "\(bucket) at \(endpoint ?? "AWS") in \(region)" }
    }

    @Test(arguments: [
        Case(bucket: "bucket", endpoint: nil, origin: "https://bucket.s3.us-east-1.amazonaws.com", path: "/"),
        Case(
            bucket: "bucket", endpoint: nil, region: "cn-north-1",
            origin: "https://bucket.s3.cn-north-1.amazonaws.com.cn", path: "/"),
        Case(bucket: "my.bucket", endpoint: nil, origin: "https://s3.us-east-1.amazonaws.com", path: "/my.bucket/"),
        Case(bucket: "Old_Bucket", endpoint: nil, origin: "https://s3.us-east-1.amazonaws.com", path: "/Old_Bucket/"),
        Case(
            bucket: "bucket", endpoint: nil, usesPathStyle: true, origin: "https://s3.us-east-1.amazonaws.com",
            path: "/bucket/"),
        Case(bucket: "bucket", endpoint: "http://127.0.0.1:9000", origin: "http://127.0.0.1:9000", path: "/bucket/"),
        Case(bucket: "bucket", endpoint: "http://[::1]:9000/", origin: "http://[::1]:9000", path: "/bucket/"),
        Case(bucket: "bucket", endpoint: "https://Example.org:443", origin: "https://example.org", path: "/bucket/"),
        Case(bucket: "bucket", endpoint: "http://example.org:80", origin: "http://example.org", path: "/bucket/"),
        Case(
            bucket: "bucket", endpoint: "https://example.org/storage/s3/", origin: "https://example.org",
            path: "/storage/s3/bucket/"),
        Case(
            bucket: "bucket", endpoint: "https://example.org:8443", usesPathStyle: false,
            origin: "https://bucket.example.org:8443", path: "/"),
        Case(
            bucket: "my.bucket", endpoint: "http://example.org", usesPathStyle: false,
            origin: "http://my.bucket.example.org", path: "/"),
    ])
    func eachBucketHasItsPlace(example: Case) throws {
        let store = StoreConfiguration(
            endpoint: example.endpoint, region: example.region, usesPathStyle: example.usesPathStyle)
        let endpoint = try example.endpoint.map { try #require(Endpoint($0)) }
        let found = BucketEndpoint(bucket: example.bucket, store: store, endpoint: endpoint)
        #expect(String(decoding: found.origin, as: UTF8.self) == example.origin)
        #expect(String(decoding: found.pathPrefix, as: UTF8.self) == example.path)
        #expect(example.origin.hasSuffix("://\(found.host)"))
    }

    @Test func aLearntRegionMovesTheHostOnAWSOnly() throws {
        let aws = BucketEndpoint(bucket: "b-1", store: StoreConfiguration(), endpoint: nil, region: "eu-west-1")
        #expect(aws.host == "b-1.s3.eu-west-1.amazonaws.com" && aws.region == "eu-west-1")
        let endpoint = try #require(Endpoint("http://127.0.0.1:9000"))
        let other = BucketEndpoint(bucket: "b-1", store: StoreConfiguration(), endpoint: endpoint, region: "eu-west-1")
        #expect(other.host == "127.0.0.1:9000" && other.region == "eu-west-1")
    }

    @Test(arguments: [
        "", "example.org", "ftp://example.org", "http://", "http://a b", "http://host:0", "http://host:99999",
        "http://host:1x", "http://user@host", "http://host/?q", "http://host/#f", "http://[::1",
    ])
    func refusesWhatIsNoAddress(text: String) {
        #expect(Endpoint(text) == nil)
    }
}
