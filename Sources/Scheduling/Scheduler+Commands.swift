package import Model
import Storage

/// What callers ask of a job. The same call again is no error.
extension Scheduler {
    package func cancel(_ id: JobID, for reach: Reach) async throws(SchedulerError) -> JobStatus {
        let job = try await find(id, reach)
        if let asked = try await move(job, to: .cancelling, from: [.queued, .running, .pausing, .paused]) {
            if let run = table.toTell(job.number) {
                run.stop.stop(.cancel)
            } else {
                endCancelledLater(asked)
            }
            return try await status(of: asked)
        }
        let now = try await find(id, reach)
        guard now.state == .cancelling || now.state == .cancelled else { throw Self.conflict(now, "cancelled") }
        return try await status(of: now)
    }

    package func pause(_ id: JobID, for reach: Reach) async throws(SchedulerError) -> JobStatus {
        let job = try await find(id, reach)
        if let paused = try await move(job, to: .paused, from: [.queued]) { return try await status(of: paused) }
        if let asked = try await move(job, to: .pausing, from: [.running]) {
            if let run = table.toTell(job.number) {
                // Before the caller hears of it: what is in flight is all that still ends.
                permits.hold(job.number)
                table.setPausing(job.number, true)
                add(.pause(run))
            }
            return try await status(of: asked)
        }
        let now = try await find(id, reach)
        guard now.state == .pausing || now.state == .paused else { throw Self.conflict(now, "paused") }
        return try await status(of: now)
    }

    package func resume(_ id: JobID, for reach: Reach) async throws(SchedulerError) -> JobStatus {
        if table.isDraining { throw SchedulerError(.draining, "the service is about to stop") }
        var job = try await find(id, reach)
        while true {
            if let queued = try await move(job, to: .queued, from: [.paused]) {
                enqueue(job.number, of: job.tenant)
                return try await status(of: queued)
            }
            if let running = try await move(job, to: .running, from: [.pausing]) {
                undoPause(of: job)
                return try await status(of: running)
            }
            job = try await find(id, reach)
            switch job.state {
            case .queued, .running: return try await status(of: job)
            case .paused, .pausing: continue  // it came to its rest between the two moves
            default: throw Self.conflict(job, "resumed")
            }
        }
    }

    /// What is in flight goes on as if nothing had been said. A run that has stopped already is followed by another.
    private func undoPause(of job: Job) {
        guard table.toTell(job.number) != nil else { return enqueue(job.number, of: job.tenant) }
        table.setPausing(job.number, false)
        permits.letGo(job.number)
    }

    package func retry(_ id: JobID, for reach: Reach) async throws(SchedulerError) -> JobStatus {
        if table.isDraining { throw SchedulerError(.draining, "the service is about to stop") }
        let job = try await find(id, reach)
        let begun = try await storing { try await store.startAttempt(job.number) }
        if let begun {
            enqueue(job.number, of: job.tenant)
            return try await status(of: begun)
        }
        let now = try await find(id, reach)
        guard now.attempt > 1, now.state == .queued || now.state == .running else {
            throw Self.conflict(now, "retried")
        }
        return try await status(of: now)
    }

    package func patch(
        _ id: JobID, _ patch: JobPatch, for reach: Reach
    ) async throws(SchedulerError) -> JobStatus {
        let job = try await find(id, reach)
        if job.state.isFinal, patch.changesTransfer { throw Self.conflict(job, "changed, but for its labels") }
        let patched = try await storing { try await store.patch(job.number, patch) }
        guard let patched else { throw Self.notFound(id) }
        table.toTell(job.number)?.apply(patched.spec)
        return try await status(of: patched)
    }

    package func delete(_ id: JobID, for reach: Reach) async throws(SchedulerError) {
        let job = try await find(id, reach)
        guard job.state.isFinal else { throw Self.conflict(job, "deleted") }
        let isGone = try await storing { try await store.delete(job.number) }
        feed.forget(job.number)
        // A retry came in between, or another delete.
        if !isGone { throw Self.conflict(try await find(id, reach), "deleted") }
    }

    package func setLimits(_ patch: LimitsPatch) async -> Limits {
        if let concurrency = patch.concurrency {
            permits.setCap(concurrency)
            for run in table.all { run.apply(run.spec) }
        }
        if let bandwidthLimit = patch.bandwidthLimit { surroundings.pacer.set(limit: bandwidthLimit) }
        return limits(for: nil)
    }

    private func find(_ id: JobID, _ reach: Reach) async throws(SchedulerError) -> Job {
        let job = try await storing { try await store.job(id, reach: reach) }
        guard let job else { throw Self.notFound(id) }
        return job
    }

    private func move(
        _ job: Job, to state: JobState, from states: Set<JobState>
    ) async throws(SchedulerError) -> Job? {
        try await storing {
            try await store.setState(job.number, to: state, from: states, reason: nil, error: nil)
        }
    }

    static func notFound(_ id: JobID) -> SchedulerError { SchedulerError(.jobNotFound, "there is no job \(id)") }

    private static func conflict(_ job: Job, _ verb: String) -> SchedulerError {
        SchedulerError(.conflict(job.state), "a job that is \(job.state.rawValue) can't be \(verb)")
    }
}
