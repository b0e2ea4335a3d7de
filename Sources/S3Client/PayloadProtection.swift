package import Model

/// How a body is protected on its way: by a checksum header that the store verifies, by the signature, by both or neither.
package struct PayloadProtection: Sendable, Hashable {
    /// The checksum that goes along in a header; `md5` is `Content-MD5`.
    package let checksum: Checksum.Algorithm?
    /// Whether the signature covers the body's SHA-256. Else the request says `UNSIGNED-PAYLOAD`.
    package let isPayloadSigned: Bool

    /// What must be computed over the body before it is sent.
    package var algorithms: Set<Checksum.Algorithm> {
        var algorithms: Set<Checksum.Algorithm> = isPayloadSigned ? [.sha256] : []
        if let checksum { algorithms.insert(checksum) }
        return algorithms
    }

    package init(checksum: Checksum.Algorithm?, isPayloadSigned: Bool) {
        self.checksum = checksum
        self.isPayloadSigned = isPayloadSigned
    }

    /// Decides for one job and store.
    ///
    ///     auto    over TLS    x-amz-checksum-crc32c or Content-MD5, as the store can, UNSIGNED-PAYLOAD;
    ///                         no header, signed SHA-256 where the store can neither
    ///     auto    plain       no header, signed SHA-256
    ///     crc32c  either      x-amz-checksum-crc32c, UNSIGNED-PAYLOAD
    ///     crc32   either      x-amz-checksum-crc32, UNSIGNED-PAYLOAD
    ///     sha256  either      x-amz-checksum-sha256, signed SHA-256
    ///     none    either      no header, UNSIGNED-PAYLOAD
    ///
    /// A choice that names a checksum is sent even to a store that is said not to know it.
    package init(
        choice: JobSpec.ChecksumChoice, isSecure: Bool, support: StoreConfiguration.ChecksumSupport = .supported
    ) {
        switch choice {
        case .auto where isSecure:
            switch support {
            case .supported: checksum = .crc32c
            case .md5: checksum = .md5
            case .none: checksum = nil
            }
            isPayloadSigned = checksum == nil
        case .auto:
            checksum = nil
            isPayloadSigned = true
        case .crc32c:
            checksum = .crc32c
            isPayloadSigned = false
        case .crc32:
            checksum = .crc32
            isPayloadSigned = false
        case .sha256:
            checksum = .sha256
            isPayloadSigned = true
        case .none:
            checksum = nil
            isPayloadSigned = false
        }
    }
}
