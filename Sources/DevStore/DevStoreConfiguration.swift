package import SigV4

/// What a `DevStore` serves and how strict it is.
package struct DevStoreConfiguration: Sendable {
    /// What is kept of objects.
    package enum Keeping: Sendable {
        /// Everything, in this folder; it survives a restart.
        case folder(String)
        /// Descriptions, in memory; no bytes. An object is read back as zeros of the right number.
        case descriptions
        /// Nothing: every write is answered at once, unread and unchecked.
        case nothing
    }

    /// What the ETag of an object is made of.
    package enum ETags: Sendable {
        /// MD5, as S3 does for most objects. It costs about 1.5 ms for each MiB.
        case md5
        /// A number that says nothing of the bytes, as S3 gives objects that it encrypts by KMS.
        case opaque
    }

    /// Numeric, `127.0.0.1` or `::1`.
    package var host = "127.0.0.1"
    /// 0 takes any free one; `DevStore.port` tells which.
    package var port: UInt16 = 0
    /// Threads of the HTTP server.
    package var threads = 2
    package var keeping: Keeping
    package var etags: ETags = .md5
    /// S3 computes CRC64NVME when the client sends no checksum; false leaves that out.
    package var computesDefaultChecksum = true
    /// The one access key; nil takes every request, signed or not.
    package var credentials: Credentials?
    /// Sessions of that key are taken too: access key ID `KEY-until-SECONDS` with the key's own secret and the session token
    /// `session-until-SECONDS`, until so many seconds since 1970.
    package var takesSessions = false
    /// Objects and listings may be read without a signature; a wrong one is refused all the same.
    package var allowsAnonymousReads = false
    /// The only one that signatures may name; nil takes all.
    package var region: String? = "us-east-1"
    /// Made at the start if they are missing.
    package var buckets: [String] = []
    /// A bucket that is missing is made by the first write to it.
    package var createsBuckets = false
    /// Waited by each request before it is looked at; `FaultScript.latency` changes it later.
    package var latency: Duration = .zero
    package var limits = StoreLimits()
    /// How far the store's clock is off: beyond 15 minutes it refuses everybody's signatures.
    package var clockOffset: Duration = .zero
    /// A file that gets a line for each request, see `RequestLog`.
    package var log: String?
    /// Answers `/__devstore/...`; no signature is asked there.
    package var hasControlRoutes = true

    package init(keeping: Keeping, credentials: Credentials? = nil) {
        self.keeping = keeping
        self.credentials = credentials
    }
}
