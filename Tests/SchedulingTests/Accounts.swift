import Model
import Testing

/// Whether a job's totals are what its files say, to the byte.
func expectExactAccounts(
    _ job: Job, _ files: some Collection<FileTransfer>, sourceLocation: SourceLocation = #_sourceLocation
) {
    let counters = job.counters
    #expect(counters.filesTotal == files.count, sourceLocation: sourceLocation)
    #expect(counters.filesSucceeded == files.count { $0.state == .succeeded }, sourceLocation: sourceLocation)
    #expect(counters.filesFailed == files.count { $0.state == .failed }, sourceLocation: sourceLocation)
    #expect(counters.filesSkipped == files.count { $0.state == .skipped }, sourceLocation: sourceLocation)
    #expect(counters.bytesTotal == Int(files.reduce(0) { $0 + $1.size }), sourceLocation: sourceLocation)
    #expect(
        counters.bytesSucceeded + counters.bytesFailed + counters.bytesSkipped == counters.bytesTotal,
        "\(counters)", sourceLocation: sourceLocation)
    if counters.filesFailed == 0 { #expect(counters.bytesFailed == 0, sourceLocation: sourceLocation) }
    if counters.filesSkipped == 0 { #expect(counters.bytesSkipped == 0, sourceLocation: sourceLocation) }
}
