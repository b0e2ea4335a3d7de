import Model
import Synchronization

/// The runs that are there now, for whoever asks from outside of the actor.
final class RunTable: Sendable {
    private struct State {
        var runs: [JobNumber: JobRun] = [:]
        /// Jobs whose runs begin but are not in `runs` yet, and whether a command has looked for theirs.
        var beginning: [JobNumber: Bool] = [:]
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

    /// Before the job's state becomes `running`: from now on a command that looks for the run is noted.
    func begin(_ job: JobNumber) { state.withLock { $0.beginning[job] = false } }

    /// Returns whether a command has looked for the run since `begin`: what it asked for is in the job's row.
    func insert(_ run: JobRun) -> Bool {
        state.withLock { state in
            state.runs[run.number] = run
            return state.beginning.removeValue(forKey: run.number) ?? false
        }
    }

    /// The run that a command has to tell, after it has changed the job's row. Nil when there is none; one that is about to
    /// appear then looks at the row by itself.
    func toTell(_ job: JobNumber) -> JobRun? {
        state.withLock { state in
            if let run = state.runs[job] { return run }
            if state.beginning[job] != nil { state.beginning[job] = true }
            return nil
        }
    }

    func remove(_ job: JobNumber) {
        state.withLock { state in
            state.runs[job] = nil
            state.beginning[job] = nil
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
