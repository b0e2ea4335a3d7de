import HTTPServer
import Model
import Scheduling

/// The stream over all jobs: from now on, or behind the reader's revision; no snapshot and no end.
struct AllJobsStream: Sendable {
    let source: EventSource
    /// Nil: over the jobs of all tenants.
    let tenant: TenantName?
    let start: Revision
    let request: StreamRequest
    let heartbeat: Duration

    func run(_ writer: ResponseWriter) async throws {
        let clock = ContinuousClock()
        let format = request.format
        var pace = StreamPace(interval: request.interval, heartbeat: heartbeat, start: start, now: clock.now)
        var position = start
        var shown: [JobNumber: FramesShown] = [:]
        // So that the reader sees that it is connected, also while nothing happens.
        try await writer.write(format.heartbeat(reached: nil))
        while true {
            let began = clock.now
            var hasMore = true
            while hasMore {
                let batch = try await source.batch(of: tenant, after: position, request.filter, format)
                if !batch.bytes.isEmpty {
                    try await writer.write(batch.bytes)
                    pace.wrote(id: batch.lastID, now: clock.now)
                }
                position = max(position, batch.reached)
                hasMore = batch.hasMore
            }
            if hasTicks, pace.takeTick(now: clock.now, readers: source.readers.count),
                try await writeNews(&shown, writer)
            {
                pace.wrote(id: nil, now: clock.now)
            }
            let beat = pace.heartbeat(reached: position, now: clock.now)
            if beat.isDue {
                try await writer.write(format.heartbeat(reached: beat.id))
                pace.wrote(id: beat.id, now: clock.now)
            }
            await source.scheduler.feed.wait(
                for: request.filter.isJobsOnly ? .allJobEvents : .everything, beyond: position,
                timeout: pace.patience(now: clock.now, hasTicks: hasTicks))
            guard await clock.waits(until: began.advanced(by: EventSource.pace)) else { return }
        }
    }

    /// Hashes of what was written last for a job: a thousand running jobs must not cost each reader their frames.
    private struct FramesShown {
        var progress: Int?
        var parts: Int?
    }

    private var hasTicks: Bool { request.filter.contains(.jobProgress) || request.filter.contains(.partProgress) }

    private func writeNews(_ shown: inout [JobNumber: FramesShown], _ writer: ResponseWriter) async throws -> Bool {
        var bytes: [UInt8] = []
        var now: [JobNumber: FramesShown] = [:]
        for job in try await source.running(tenant, request.format) {
            var frames = shown[job.number] ?? FramesShown()
            if request.filter.contains(.jobProgress), frames.progress != job.progress.hashValue {
                frames.progress = job.progress.hashValue
                bytes += job.progress
            }
            if request.filter.contains(.partProgress), frames.parts != job.parts.hashValue {
                frames.parts = job.parts.hashValue
                bytes += job.parts
            }
            now[job.number] = frames
        }
        shown = now
        if !bytes.isEmpty { try await writer.write(bytes) }
        return !bytes.isEmpty
    }
}
