import Model
import Testing

/// What must hold of a job's totals at every moment, looked at after each commit.
struct JobWatch {
    private var attempt = 0
    private var fraction = 0.0
    private(set) var looks = 0

    mutating func look(_ job: Job) {
        looks += 1
        if job.attempt != attempt {
            attempt = job.attempt
            fraction = 0
        }
        let counters = job.counters
        let ended = counters.filesSucceeded + counters.filesFailed + counters.filesSkipped
        let moved = counters.bytesSucceeded + counters.bytesFailed + counters.bytesSkipped
        #expect(ended <= counters.filesTotal, "\(counters)")
        #expect(moved <= counters.bytesTotal, "\(counters)")
        #expect(counters.partsSucceeded <= counters.partsTotal, "\(counters)")
        guard job.scanComplete else { return }
        #expect(job.fraction >= fraction, "the fraction fell from \(fraction): \(counters)")
        fraction = job.fraction
        if fraction >= 1 { #expect(counters.filesSucceeded + counters.filesSkipped == counters.filesTotal) }
    }
}
