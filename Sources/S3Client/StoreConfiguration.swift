package import Model

/// One store as the settings name it: where it is and what it can do. Holds no secret.
package struct StoreConfiguration: Sendable, Hashable {
    /// What the store makes of checksums in request headers.
    package enum ChecksumSupport: String, Sendable, CaseIterable {
        /// It knows `x-amz-checksum-...`, as AWS does.
        case supported
        /// It knows `Content-MD5` only.
        case md5
        /// Neither: `auto` signs what it sends.
        case none
    }

    package var name: StoreName
    /// `https://host[:port][/base]`; nil is AWS's own endpoint of the region.
    package var endpoint: String?
    package var region: String
    /// Whether buckets stand in the path; nil: in the host name on AWS's own endpoint, in the path elsewhere.
    package var usesPathStyle: Bool?
    /// Certificates of the authorities to trust in place of the system's (PEM). The transport is made with it.
    package var caFile: String?
    package var checksums: ChecksumSupport
    /// How long no byte may move before an exchange is given up. Completing a large upload sends bytes meanwhile.
    package var responseTimeout: Duration
    package var connectTimeout: Duration

    package init(
        name: StoreName = .default, endpoint: String? = nil, region: String = "us-east-1", usesPathStyle: Bool? = nil,
        caFile: String? = nil, checksums: ChecksumSupport = .supported, responseTimeout: Duration = .seconds(60),
        connectTimeout: Duration = .seconds(10)
    ) {
        self.name = name
        self.endpoint = endpoint
        self.region = region
        self.usesPathStyle = usesPathStyle
        self.caFile = caFile
        self.checksums = checksums
        self.responseTimeout = responseTimeout
        self.connectTimeout = connectTimeout
    }
}
