import SigV4

/// Where one bucket is: what comes before the key in its URLs, and the region that its requests are signed for.
struct BucketEndpoint: Sendable, Hashable {
    /// `https://bucket.s3.us-east-1.amazonaws.com` or `http://127.0.0.1:9000`.
    let origin: [UInt8]
    /// What libcurl will send as `Host`.
    let host: String
    /// Between origin and key, beginning and ending with a slash, as it is signed: `/` or `/bucket/`.
    let pathPrefix: [UInt8]
    let region: String

    /// Virtual-host style on AWS unless the settings or the bucket's name say otherwise, path style elsewhere: few other
    /// stores have names and certificates for each bucket.
    ///
    /// - Parameter region: what the store said of this bucket, where it differs from the settings.
    init(bucket: String, store: StoreConfiguration, endpoint: Endpoint?, region: String? = nil) {
        self.region = region ?? store.region
        var base = endpoint ?? .aws(service: "s3", region: self.region)
        let isInPath =
            store.usesPathStyle ?? (endpoint != nil) || !Self.fitsHostName(bucket, isSecure: base.isSecure)
        if !isInPath { base = base.virtualHost(bucket: bucket) }
        host = base.authority
        origin = Array(base.origin.utf8)
        var prefix = Array(base.basePath.utf8)
        if isInPath {
            prefix.append(UInt8(ascii: "/"))
            URIEncoding.appendQueryComponent(Array(bucket.utf8), to: &prefix)
        }
        prefix.append(UInt8(ascii: "/"))
        pathPrefix = prefix
    }

    /// Whether the bucket can be a host name's first label. A dot in it would be a second label, which a wildcard
    /// certificate does not cover (AWS user guide, "Virtual hosting of general purpose buckets").
    private static func fitsHostName(_ bucket: String, isSecure: Bool) -> Bool {
        guard (3...63).contains(bucket.utf8.count) else { return false }
        return bucket.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
            case UInt8(ascii: "."): !isSecure
            default: false
            }
        }
    }
}
