/// What a list said of an object that is to be downloaded or copied.
package struct ListedObject: Hashable, Sendable {
    package var etag: ETag
    /// When the store got it; nil when the store does not say.
    package var lastModified: Timestamp?

    package init(etag: ETag, lastModified: Timestamp?) {
        self.etag = etag
        self.lastModified = lastModified
    }
}
