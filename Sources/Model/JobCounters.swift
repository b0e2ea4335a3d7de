/// A job's stored totals of one attempt. What is pending or in flight follows from them and from memory.
package struct JobCounters: Sendable, Hashable {
    package var filesTotal = 0
    package var filesSucceeded = 0
    package var filesFailed = 0
    package var filesSkipped = 0
    package var bytesTotal = 0
    /// Acknowledged by the store.
    package var bytesSucceeded = 0
    package var bytesFailed = 0
    package var bytesSkipped = 0
    /// Not sent again because the store had it from before a restart.
    package var bytesReused = 0
    /// Sent more than once.
    package var bytesResent = 0
    package var partsTotal = 0
    package var partsSucceeded = 0

    package init() {}

    package static func += (left: inout Self, right: Self) {
        left.filesTotal += right.filesTotal
        left.filesSucceeded += right.filesSucceeded
        left.filesFailed += right.filesFailed
        left.filesSkipped += right.filesSkipped
        left.bytesTotal += right.bytesTotal
        left.bytesSucceeded += right.bytesSucceeded
        left.bytesFailed += right.bytesFailed
        left.bytesSkipped += right.bytesSkipped
        left.bytesReused += right.bytesReused
        left.bytesResent += right.bytesResent
        left.partsTotal += right.partsTotal
        left.partsSucceeded += right.partsSucceeded
    }

    /// (bytes succeeded or skipped + files succeeded or skipped) / (bytes total + files total); 1 for nothing at all. Of
    /// these totals alone: a job's own is `Job.fraction`.
    ///
    ///     1 of 2 files, 10 of 30 bytes  ->  11 / 32
    package var fraction: Double {
        let whole = bytesTotal + filesTotal
        guard whole > 0 else { return 1 }
        return Double(bytesSucceeded + bytesSkipped + filesSucceeded + filesSkipped) / Double(whole)
    }
}
