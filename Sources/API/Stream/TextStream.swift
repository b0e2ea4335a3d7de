import HTTPServer
import Model
import Scheduling

/// The stream for people: one line every interval, with a percentage for each part in flight.
struct TextStream: Sendable {
    let source: EventSource
    /// Nil: over all jobs.
    var job: Job?
    /// Without a job: of the tenant alone, if one is given.
    var tenant: TenantName?
    let interval: Duration

    func run(_ writer: ResponseWriter) async throws {
        let clock = ContinuousClock()
        var columns = PartColumns()
        while true {
            let began = clock.now
            guard let job else {
                let jobs = try await source.running(tenant, .text)
                try await writer.write(Array((Self.line(jobs, &columns) + "\n").utf8))
                guard await clock.waits(until: began.advanced(by: interval)) else { return }
                continue
            }
            let view = try await source.view(of: job.number, job.id, .text)
            guard let row = view.job else { return }
            let scheduler = source.scheduler
            let line = Self.line(row, scheduler.liveState(of: row), scheduler.liveParts(of: job.number), &columns)
            try await writer.write(Array((line + "\n").utf8))
            if row.state.isFinal { return }
            await scheduler.feed.wait(for: .jobEvents(job.number), beyond: view.watermark, timeout: interval)
            // Woken early, the line of the new state comes early too, but never two for one moment.
            guard await clock.waits(until: began.advanced(by: EventSource.pace)) else { return }
        }
    }

    static func line(
        _ job: Job, _ live: LiveState, _ parts: [LivePart], _ columns: inout PartColumns
    ) -> String {
        let progress = JobProgress(job, live)
        let percent = progress.millionthsSent.map { TextFormat.percent(millionths: $0) } ?? "scanning"
        let counters = progress.counters
        let files = "\(TextFormat.count(counters.filesSucceeded))/\(TextFormat.count(counters.filesTotal)) files"
        let sent = TextFormat.bytes(Int64(counters.bytesSucceeded) + live.bytesInFlight)
        let facts = [
            TextFormat.left(job.state.rawValue, width: 10), TextFormat.right(percent, width: 8), files,
            "\(sent)/\(TextFormat.bytes(Int64(counters.bytesTotal)))", "\(TextFormat.bytes(progress.bytesPerSecond))/s",
        ]
        let sorted = parts.sorted { PartRow($0).position < PartRow($1).position }
        return line(facts, columns.line(sorted.map { (job.number, $0) }))
    }

    static func line(_ jobs: [RunningJob], _ columns: inout PartColumns) -> String {
        let speed = jobs.reduce(Int64(0)) { $0 + $1.live.bytesPerSecond }
        let requests = jobs.reduce(0) { $0 + $1.live.requestsInFlight }
        let parts = jobs.flatMap { job in job.liveParts.map { (job: job.number, part: $0) } }
        let facts = ["\(jobs.count) running", "\(requests) requests", "\(TextFormat.bytes(speed))/s"]
        return line(facts, columns.line(parts))
    }

    private static func line(_ facts: [String], _ columns: String) -> String {
        facts.joined(separator: "  ") + (columns.isEmpty ? "" : " | " + columns)
    }
}
