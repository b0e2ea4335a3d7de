import Model
import Scheduling
import Storage

/// Turns stored changes into events.
struct ChangeEncoder {
    let scheduler: Scheduler
    let filter: EventFilter
    let format: StreamFormat
    /// Whether a job's final event ends it: so in the stream of one job.
    let endsWithJob: Bool
    private var namings: [JobNumber: ObjectNaming] = [:]

    init(scheduler: Scheduler, filter: EventFilter, format: StreamFormat, endsWithJob: Bool) {
        self.scheduler = scheduler
        self.filter = filter
        self.format = format
        self.endsWithJob = endsWithJob
    }

    /// Up to the job's final event where that ends the stream: what is stored behind it belongs to no reader.
    mutating func encode(_ batch: ChangeBatch) async throws -> EncodedBatch {
        var encoded = EncodedBatch(reached: batch.reached, hasMore: batch.hasMore)
        var writer = JSONWriter(capacity: min(batch.changes.count, 500) * 384)
        for change in batch.changes {
            guard let name = Self.name(of: change.row) else { continue }
            let ends = endsWithJob && name.isEnd
            guard ends || filter.contains(name) else { continue }
            try await append(change, name, to: &writer)
            encoded.lastID = change.revision
            if ends {
                encoded.ends = true
                break
            }
        }
        encoded.bytes = writer.bytes
        return encoded
    }

    private mutating func append(_ change: Change, _ name: EventName, to writer: inout JSONWriter) async throws {
        let event = (revision: change.revision, job: change.jobID)
        switch change.row {
        case .job(let job):
            let status = try await scheduler.status(of: job, brief: true)
            format.event(name, id: change.revision, to: &writer) {
                $0.job(status, revision: change.revision, isEvent: true)
            }
        case .jobDeleted:
            format.event(name, id: change.revision, to: &writer) { writer in
                writer.object { writer in
                    writer.field("revision", change.revision.rawValue)
                    writer.field("job_id", change.jobID.rawValue)
                }
            }
        case .file(let file):
            let naming = try await naming(of: change.job)
            format.event(name, id: change.revision, to: &writer) { $0.file(file, naming, event: event) }
        case .part(let part, let path):
            let naming = try await naming(of: change.job)
            let row = PartRow(part: part, path: path)
            format.event(name, id: change.revision, to: &writer) { $0.part(row, naming, event: event) }
        }
    }

    /// A job that was deleted since has lost its rows too; those in hand are shown with the path as key.
    private mutating func naming(of job: JobNumber) async throws -> ObjectNaming {
        if let naming = namings[job] { return naming }
        let naming = ObjectNaming(try await scheduler.store.job(job)?.spec ?? JobSpec())
        namings[job] = naming
        return naming
    }

    static func name(of row: Change.Row) -> EventName? {
        switch row {
        case .job(let job): EventName(job.state)
        case .jobDeleted: .jobDeleted
        case .file(let file): EventName(file.state)
        case .part(let part, _): EventName(part.state)
        }
    }
}
