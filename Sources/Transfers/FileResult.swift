package import Model

/// How a file's transfer ended.
package struct FileResult: Sendable {
    package var state: FileState
    /// In bytes, as the file itself said when it was opened; of a file that failed, as it was listed.
    package var size: Int64
    package var skipReason: String?
    /// Of its most repeated request.
    package var attempts = 1
    package var etag: ETag?
    package var checksum: Checksum?
    package var failure: Failure?
    /// Acknowledged by the store and not yet counted by a part's record. Negative when more was counted than the file has
    /// now.
    package var countsBytes: Int64 = 0
    /// Acknowledged in all, by parts of a file that failed at last or was skipped, too. Of those no more than was counted.
    package var acknowledgedBytes: Int64 = 0
    /// The store had them from an earlier run.
    package var reusedBytes: Int64 = 0
    /// Of its single request; parts report their own.
    package var resentBytes: Int64 = 0

    init(_ state: FileState, size: Int64) {
        self.state = state
        self.size = size
    }

    static func failed(_ failure: Failure, size: Int64) -> FileResult {
        var result = FileResult(.failed, size: size)
        result.failure = failure
        result.attempts = failure.attempts
        return result
    }

    /// - Parameter counted: in bytes, what the job's totals hold of the file as acknowledged: perhaps more than it has now.
    static func skipped(_ reason: String, size: Int64, counted: Int64 = 0) -> FileResult {
        var result = FileResult(.skipped, size: size)
        result.skipReason = reason
        result.acknowledgedBytes = min(size, counted)
        result.countsBytes = result.acknowledgedBytes - counted
        return result
    }
}
