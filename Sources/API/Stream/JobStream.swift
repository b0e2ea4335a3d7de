import HTTPServer
import Model
import Scheduling

/// The stream of one job: the snapshot, then every stored change behind the reader's revision in the order of
/// revisions, with news from memory in between, until the job's final event.
///
/// It pulls: a batch is read when the one before is on the socket, so a slow reader costs one batch and nothing else.
struct JobStream: Sendable {
    let source: EventSource
    let job: Job
    let start: Revision
    let request: StreamRequest
    let heartbeat: Duration

    func run(_ writer: ResponseWriter) async throws {
        let clock = ContinuousClock()
        let format = request.format
        var pace = StreamPace(interval: request.interval, heartbeat: heartbeat, start: start, now: clock.now)
        var position = start
        var shown = FramesShown(
            progress: try await source.view(of: job.number, job.id, format).progress,
            parts: EventSource.partsEvent([], job.id, format))
        try await writer.write(try await source.snapshot(of: job, format))
        while true {
            let began = clock.now
            var hasMore = true
            while hasMore {
                let batch = try await source.batch(of: job.number, job.id, after: position, request.filter, format)
                if !batch.bytes.isEmpty {
                    try await writer.write(batch.bytes)
                    pace.wrote(id: batch.lastID, now: clock.now)
                }
                if batch.ends { return }
                position = max(position, batch.reached)
                hasMore = batch.hasMore
            }
            if pace.takeTick(now: clock.now, readers: source.readers.count), try await writeNews(&shown, writer) {
                pace.wrote(id: nil, now: clock.now)
            }
            let beat = pace.heartbeat(reached: position, now: clock.now)
            if beat.isDue {
                try await writer.write(format.heartbeat(reached: beat.id))
                pace.wrote(id: beat.id, now: clock.now)
            }
            await source.scheduler.feed.wait(
                for: request.filter.isJobsOnly ? .jobEvents(job.number) : .job(job.number), beyond: position,
                timeout: pace.patience(now: clock.now, hasTicks: hasTicks))
            guard await clock.waits(until: began.advanced(by: EventSource.pace)) else { return }
        }
    }

    /// What was written last of each event from memory: the same again is no news.
    private struct FramesShown {
        var progress: [UInt8]
        var parts: [UInt8]
    }

    private var hasTicks: Bool { request.filter.contains(.jobProgress) || request.filter.contains(.partProgress) }

    private func writeNews(_ shown: inout FramesShown, _ writer: ResponseWriter) async throws -> Bool {
        var wrote = false
        if request.filter.contains(.jobProgress) {
            let progress = try await source.view(of: job.number, job.id, request.format).progress
            if progress != shown.progress, !progress.isEmpty {
                try await writer.write(progress)
                shown.progress = progress
                wrote = true
            }
        }
        if request.filter.contains(.partProgress) {
            let parts = try await source.parts(of: job.number, job.id, request.format)
            if parts != shown.parts {
                try await writer.write(parts)
                shown.parts = parts
                wrote = true
            }
        }
        return wrote
    }
}
