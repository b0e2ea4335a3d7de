package import Model
package import S3Client

/// A store of the settings, and the client that speaks to it.
package struct TransferClient: Sendable {
    package let name: StoreName
    /// For people: scheme, host and port.
    package let endpoint: String
    package let region: String
    let s3: S3Client
    /// Shared by all jobs that send parts to this store.
    let hedging = Hedging()

    package init(name: StoreName, endpoint: String, region: String, s3: S3Client) {
        self.name = name
        self.endpoint = endpoint
        self.region = region
        self.s3 = s3
    }
}
