/// One entry that a scan found, on its way into the files table.
package struct ScannedFile: Sendable {
    package var path: [UInt8]
    package var size: Int64
    package var isDirectoryMarker: Bool
    /// Where the source is an object: what the list said of it.
    package var object: ListedObject?
    /// `pending`, or at once `skipped` (with a reason) or `failed` (with a failure).
    package var state: FileState
    package var skipReason: String?
    package var failure: Failure?

    package init(
        path: [UInt8], size: Int64, isDirectoryMarker: Bool = false, object: ListedObject? = nil,
        state: FileState = .pending, skipReason: String? = nil, failure: Failure? = nil
    ) {
        self.path = path
        self.size = size
        self.isDirectoryMarker = isDirectoryMarker
        self.object = object
        self.state = state
        self.skipReason = skipReason
        self.failure = failure
    }
}
