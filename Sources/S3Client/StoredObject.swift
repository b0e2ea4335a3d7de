package import Model

/// What PutObject, CompleteMultipartUpload and CopyObject say of the object that now stands at the key.
package struct StoredObject: Sendable, Hashable {
    package var etag: ETag
    /// As the store computed or checked it; nil when it says none.
    package var checksum: Checksum?
    package var versionID: String?
    /// Whether the reply said that the ETag is no MD5.
    package var isETagOpaque = false

    package init(etag: ETag, checksum: Checksum? = nil, versionID: String? = nil) {
        self.etag = etag
        self.checksum = checksum
        self.versionID = versionID
    }
}
