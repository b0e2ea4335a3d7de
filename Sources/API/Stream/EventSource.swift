import Model
package import Scheduling
import Storage

/// What streams read. Everything that many readers want alike is read and encoded once for all of them, at most every
/// tenth of a second.
package final class EventSource: Sendable {
    private struct JobKey: Hashable {
        let job: JobID
        let reach: Reach
    }

    private struct ViewKey: Hashable {
        let job: JobNumber
        let format: StreamFormat
    }

    private enum FrameKey: Hashable {
        case snapshot(JobNumber, Revision, StreamFormat)
        case event(JobNumber, Revision, StreamFormat)
        case parts(JobNumber, StreamFormat)
    }

    private struct BatchKey: Hashable {
        /// Nil: of all jobs.
        let job: JobNumber?
        /// Of all jobs: those of the tenant; nil of every tenant.
        let tenant: TenantName?
        let after: Revision
        let filter: EventFilter
        let format: StreamFormat
    }

    private struct RunningKey: Hashable {
        let tenant: TenantName?
        let format: StreamFormat
    }

    /// Rows that one batch holds at most: about 200 KB.
    static let batchSize = 500
    /// How old a shared answer may be, and how often a reader looks for changes at most.
    static let pace: Duration = .milliseconds(100)

    let scheduler: Scheduler
    let readers = StreamReaders()
    private let jobs = SharedLoads<JobKey, Job>(bound: 64)
    private let views = SharedLoads<ViewKey, JobView>(bound: 1_024)
    private let frames = SharedLoads<FrameKey, [UInt8]>(bound: 256)
    private let batches = SharedLoads<BatchKey, EncodedBatch>(bound: 16)
    private let progress = SharedLoads<RunningKey, [RunningJob]>(bound: 64)

    package init(scheduler: Scheduler) { self.scheduler = scheduler }

    /// A job as it is, or was a tenth of a second ago.
    ///
    /// - Throws: `JOB_NOT_FOUND`.
    func job(_ id: JobID, reach: Reach) async throws -> Job {
        try await jobs.value(for: JobKey(job: id, reach: reach), age: Self.pace) { [scheduler] in
            guard let job = try await scheduler.store.job(id, reach: reach) else {
                throw ProblemDetails.jobNotFound(id.rawValue)
            }
            return job
        }
    }

    /// The first event of a job's stream. `job` was read just now: an older snapshot of the same state may do.
    func snapshot(of job: Job, _ format: StreamFormat) async throws -> [UInt8] {
        try await frames.value(for: .snapshot(job.number, job.revision, format), age: Self.pace) { [scheduler] in
            let status = try await scheduler.status(of: job, brief: true)
            var writer = JSONWriter(capacity: 2_048)
            format.event(.jobSnapshot, id: nil, to: &writer) { $0.job(status, isEvent: true) }
            return writer.bytes
        }
    }

    func view(of job: JobNumber, _ id: JobID, _ format: StreamFormat) async throws -> JobView {
        try await views.value(for: ViewKey(job: job, format: format), age: Self.pace) { [scheduler] in
            let watermark = scheduler.store.watermark
            guard let found = try await scheduler.store.job(job) else {
                return JobView(watermark: watermark, job: nil, progress: [])
            }
            return JobView(
                watermark: watermark, job: found,
                progress: Self.progressEvent(found, scheduler.liveState(of: found), format))
        }
    }

    /// The `part.progress` event of a job.
    func parts(of job: JobNumber, _ id: JobID, _ format: StreamFormat) async throws -> [UInt8] {
        try await frames.value(for: .parts(job, format), age: Self.pace) { [scheduler] in
            Self.partsEvent(scheduler.liveParts(of: job), id, format)
        }
    }

    /// Stored changes of a job behind `after`.
    func batch(
        of job: JobNumber, _ id: JobID, after: Revision, _ filter: EventFilter, _ format: StreamFormat
    ) async throws -> EncodedBatch {
        if filter.isJobsOnly, let batch = try await ownRow(of: job, id, after: after, filter, format) { return batch }
        let key = BatchKey(job: job, tenant: nil, after: after, filter: filter, format: format)
        return try await batches.value(for: key, age: Self.pace) { [scheduler] in
            let changes = try await scheduler.store.changes(
                of: job, after: after, filter: filter.changes, limit: Self.batchSize)
            var encoder = ChangeEncoder(scheduler: scheduler, filter: filter, format: format, endsWithJob: true)
            return try await encoder.encode(changes)
        }
    }

    /// Stored changes of all jobs behind `after`: those of one tenant, or of all.
    func batch(
        of tenant: TenantName?, after: Revision, _ filter: EventFilter, _ format: StreamFormat
    ) async throws -> EncodedBatch {
        let key = BatchKey(job: nil, tenant: tenant, after: after, filter: filter, format: format)
        return try await batches.value(for: key, age: Self.pace) { [scheduler] in
            var wanted = filter.changes
            wanted.tenant = tenant
            let changes = try await scheduler.store.changes(after: after, filter: wanted, limit: Self.batchSize)
            var encoder = ChangeEncoder(scheduler: scheduler, filter: filter, format: format, endsWithJob: false)
            return try await encoder.encode(changes)
        }
    }

    /// The jobs that move something now, with their events from memory.
    func running(_ tenant: TenantName?, _ format: StreamFormat) async throws -> [RunningJob] {
        try await progress.value(for: RunningKey(tenant: tenant, format: format), age: Self.pace) { [scheduler] in
            let filter = JobFilter(tenant: tenant, states: [.running, .pausing, .cancelling])
            let jobs = try await scheduler.store.jobs(filter, before: nil, limit: 1_000)
            return jobs.map { job in
                let live = scheduler.liveState(of: job)
                let parts = scheduler.liveParts(of: job.number)
                return RunningJob(
                    number: job.number, live: live, liveParts: format == .text ? parts : [],
                    progress: Self.progressEvent(job, live, format),
                    parts: Self.partsEvent(parts, job.id, format))
            }
        }
    }

    /// For readers that look at the job's own row alone: the shared view has it, so no reader asks the store.
    /// Nil when the job is gone: then the feed knows when.
    private func ownRow(
        of job: JobNumber, _ id: JobID, after: Revision, _ filter: EventFilter, _ format: StreamFormat
    ) async throws -> EncodedBatch? {
        let view = try await view(of: job, id, format)
        guard let row = view.job else { return nil }
        var batch = EncodedBatch(reached: max(after, view.watermark))
        guard row.revision > after else { return batch }
        batch.reached = max(batch.reached, row.revision)
        batch.ends = row.state.isFinal
        let name = EventName(row.state)
        guard batch.ends || filter.contains(name) else { return batch }
        batch.lastID = row.revision
        let key = FrameKey.event(job, row.revision, format)
        batch.bytes = try await frames.value(for: key, age: Self.pace) { [scheduler] in
            let status = try await scheduler.status(of: row, brief: true)
            var writer = JSONWriter(capacity: 2_048)
            format.event(name, id: row.revision, to: &writer) { $0.job(status, revision: row.revision, isEvent: true) }
            return writer.bytes
        }
        return batch
    }

    static func progressEvent(_ job: Job, _ live: LiveState, _ format: StreamFormat) -> [UInt8] {
        var writer = JSONWriter()
        format.event(.jobProgress, id: nil, to: &writer) { writer in
            writer.object { writer in
                writer.field("job_id", job.id.rawValue)
                writer.progressFields(JobProgress(job, live))
            }
        }
        return writer.bytes
    }

    static func partsEvent(_ parts: [LivePart], _ id: JobID, _ format: StreamFormat) -> [UInt8] {
        var writer = JSONWriter()
        format.event(.partProgress, id: nil, to: &writer) { writer in
            writer.object { writer in
                writer.field("job_id", id.rawValue)
                writer.arrayField("parts") { writer in
                    for part in parts { writer.livePart(part) }
                }
            }
        }
        return writer.bytes
    }
}
