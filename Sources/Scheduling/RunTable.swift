import Model
import Synchronization

/// The runs that are there now, for whoever asks from outside of the actor.
final class RunTable: Sendable {
    private struct State {
        var runs: [JobNumber: JobRun] = [:]
        var entityRevisions: [JobNumber: EntityRevision] = [:]
        /// Runs that were asked to pause and have not come to rest.
        var pausing: Set<JobNumber> = []
        var isDraining = false
        var errands: Int64 = 0
    }

    private struct EntityRevision {
        var revision: Revision
        var own: Revision
        var time: Timestamp
    }

    private let state = Mutex(State())

    subscript(job: JobNumber) -> JobRun? { state.withLock { $0.runs[job] } }

    var all: [JobRun] { state.withLock { Array($0.runs.values) } }

    func insert(_ run: JobRun) { state.withLock { $0.runs[run.number] = run } }

    func remove(_ job: JobNumber) {
        state.withLock { state in
            state.runs[job] = nil
            state.pausing.remove(job)
            state.entityRevisions[job] = nil
        }
    }

    func isPausing(_ job: JobNumber) -> Bool { state.withLock { $0.pausing.contains(job) } }

    func setPausing(_ job: JobNumber, _ isPausing: Bool) {
        state.withLock { state in
            if isPausing { state.pausing.insert(job) } else { state.pausing.remove(job) }
        }
    }

    /// A number for requests that are made for a job of which nothing runs: its own may come into use meanwhile.
    func errand() -> JobNumber {
        state.withLock { state in
            state.errands += 1
            return JobNumber(-state.errands)
        }
    }

    var isDraining: Bool { state.withLock { $0.isDraining } }

    func beginDraining() { state.withLock { $0.isDraining = true } }

    /// The revision that stands for a job's row in `ETag`: its own changes count at once, its counters at most once a
    /// second while it runs, so that a poller's condition holds for a while.
    func entityRevision(of job: Job, at time: Timestamp) -> Revision {
        state.withLock { state in
            guard state.runs[job.number] != nil else { return job.changed }
            if let known = state.entityRevisions[job.number], known.own == job.revision,
                time.since(known.time) < .seconds(1)
            {
                return known.revision
            }
            state.entityRevisions[job.number] = EntityRevision(
                revision: job.changed, own: job.revision, time: time)
            return job.changed
        }
    }
}
