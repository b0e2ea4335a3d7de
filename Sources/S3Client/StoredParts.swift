/// Of what a multipart upload has put an object together, as far as a store tells.
package struct StoredParts: Sendable, Hashable {
    package let count: Int
    package let firstSizeInBytes: Int64

    package init(count: Int, firstSizeInBytes: Int64) {
        self.count = count
        self.firstSizeInBytes = firstSizeInBytes
    }
}
