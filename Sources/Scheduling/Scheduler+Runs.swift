import Logging
import Model
import Storage
import Transfers

/// A run's beginning and end.
extension Scheduler {
    /// Jobs that an earlier process left: what ran goes on, what was asked for is done.
    func recover() async throws(StorageError) {
        for job in try await store.unfinishedJobs() {
            switch job.state {
            case .queued, .running: enqueue(job.number, of: job.tenant)
            case .pausing:
                _ = try await store.setState(job.number, to: .paused, from: [.pausing], reason: nil, error: nil)
            case .cancelling: add(.endCancelled(job))
            case .paused, .succeeded, .partiallySucceeded, .failed, .cancelled: break
            }
        }
    }

    nonisolated func start(_ number: JobNumber, _ opened: JobSource?) async {
        table.begin(number)
        do {
            // Nil: it was paused or cancelled while it was queued, or when its last run had left.
            if let job = try await surely({ try await self.store.begin(number) }) {
                await run(job, opened)
            } else if let job = try await surely({ try await self.store.job(number) }) {
                try await endAsAsked(job)
            }
        } catch {
            surroundings.logger.error(
                "job can't be started", metadata: ["job": "\(number.rawValue)", "reason": "\(error)"])
        }
        table.remove(number)
        await leave(number)
    }

    private nonisolated func run(_ job: Job, _ opened: JobSource?) async {
        let source: JobSource
        do {
            source = if let opened { opened } else { try await openSource(of: job.spec, job.tenant) }
        } catch {
            return await end(job, with: Failure(.sourceVanished, error.message, retryable: true))
        }
        guard let client = clients[job.spec.store] else { preconditionFailure("a store that was there is gone") }
        // A job that has files already was scanned in part.
        let isRescan = !job.scanComplete && job.counters.filesTotal > 0
        let run = JobRun(
            job: job, source: source, client: client, isRescan: isRescan, surroundings: surroundings)
        permits.addJob(job.number, of: job.tenant, cap: job.spec.concurrency, weight: job.spec.priority)
        let isCommanded = table.insert(run)
        if table.isDraining { run.stop.stop(.shutdown) }
        if isCommanded { await honourEarlierCommands(run) }
        surroundings.logger.info("job runs", metadata: job.metadata(["attempt": "\(job.attempt)"]))
        await run.run()
        permits.removeJob(job.number)
        await ended(run, job)
        feed.forget(job.number)
    }

    /// A command that came between the state `running` and the run's appearance has found no run to tell.
    private nonisolated func honourEarlierCommands(_ run: JobRun) async {
        let job: Job?
        do {
            job = try await store.job(run.number)
        } catch {
            return
        }
        guard let job else { return run.stop.stop(.cancel) }
        if job.spec != run.spec { run.apply(job.spec) }
        switch job.state {
        case .running: break
        case .pausing, .paused: run.stop.stop(.pause)
        // Cancelled, and perhaps queued again since: whatever comes next has a run of its own.
        case .cancelling, .cancelled, .queued, .succeeded, .partiallySucceeded, .failed: run.stop.stop(.cancel)
        }
    }

    private nonisolated func ended(_ run: JobRun, _ job: Job) async {
        do {
            // As a rule there is nothing to see to, and the end is one write, together with the last records.
            if run.stop.reason == nil, try await storeEnd(of: job, with: nil, settled: false) { return }
            try await surely { try await self.store.flush() }
            await loseUnanswered(of: job)
            switch run.stop.reason {
            case .shutdown: return
            case .cancel: await endCancelled(job)
            case .pause:
                // Known to the store only: the pause may have been undone, and asked for again.
                if let now = try await surely({ try await self.store.job(job.number) }) { try await endAsAsked(now) }
            case .failure(let failure): await end(job, with: failure)
            case nil: await end(job, with: nil)
            }
        } catch {
            surroundings.logger.error(
                "job's end can't be stored", metadata: job.metadata(["reason": "\(error)"]))
        }
    }

    /// Does what was asked of a job of which nothing runs.
    private nonisolated func endAsAsked(_ job: Job) async throws {
        var job = job
        while true {
            switch job.state {
            case .pausing:
                let paused = try await surely {
                    try await self.store.setState(job.number, to: .paused, from: [.pausing], reason: nil, error: nil)
                }
                if paused != nil { return }
                // A command was faster.
                guard let now = try await surely({ try await self.store.job(job.number) }) else { return }
                job = now
            case .cancelling: return await endCancelled(job)
            // The pause was undone when the run had stopped already.
            case .running: return await enqueue(job.number, of: job.tenant)
            case .queued, .paused, .succeeded, .partiallySucceeded, .failed, .cancelled: return
            }
        }
    }

    /// The job's own end, unless it was cancelled meanwhile.
    private nonisolated func end(_ job: Job, with failure: Failure?) async {
        await abortUploads(of: job, onlyLost: failure == nil)
        if failure != nil { await removeLeftovers(of: job) }
        do {
            if try await !storeEnd(of: job, with: failure, settled: true) { await endCancelled(job) }
        } catch {
            surroundings.logger.error(
                "job's end can't be stored", metadata: job.metadata(["reason": "\(error)"]))
        }
    }

    /// False when the job does not end by it: it is not settled, or was cancelled meanwhile.
    private nonisolated func storeEnd(of job: Job, with failure: Failure?, settled: Bool) async throws -> Bool {
        let end = try await surely { try await self.store.end(job.number, with: failure, settled: settled) }
        guard case .ended(let state) = end else { return false }
        noteEnd(of: job, as: state)
        return true
    }

    private nonisolated func noteEnd(of job: Job, as state: JobState) {
        surroundings.figures.noteEnd(job, as: state, at: surroundings.now())
        surroundings.logger.info("job ended", metadata: job.metadata(["state": "\(state.rawValue)"]))
    }

    nonisolated func endCancelled(_ job: Job) async {
        await loseUnanswered(of: job)
        await abortUploads(of: job, onlyLost: false)
        await removeLeftovers(of: job)
        do {
            let cancelled = try await surely {
                try await self.store.setState(
                    job.number, to: .cancelled, from: [.cancelling], reason: nil, error: nil)
            }
            if cancelled != nil { noteEnd(of: job, as: .cancelled) }
        } catch {
            surroundings.logger.error(
                "job's end can't be stored", metadata: job.metadata(["reason": "\(error)"]))
        }
    }

    /// Requests in flight get their time, then the run is told to stop.
    nonisolated func finishRequests(of run: JobRun) async {
        // The run has ended by itself, and the permits may be those of another one by now.
        guard table[run.number] === run else { return }
        await withTaskGroup { group in
            group.addTask { try? await Task.sleep(for: self.configuration.drain) }
            group.addTask { await self.permits.drain(run.number) }
            await group.next()
            group.cancelAll()
        }
        // Undone meanwhile: `drain` may have held the job once more after it was let go.
        if table.isPausing(run.number) { run.stop.stop(.pause) } else { permits.letGo(run.number) }
    }

    /// A later run knows nothing of uploads whose creation was cut, and starts those files anew.
    private nonisolated func loseUnanswered(of job: Job) async {
        guard let open = try? await store.openIntentions(job.number, limit: 1), open.count > 0 else { return }
        try? await store.loseIntentions(of: job.number, unanswered: true)
        sweep.wake()
    }

    /// Aborts what is open in the ledger of a job of which nothing runs, and looks for what its lost creations have left.
    /// What can't be done now stays in the ledger, and is the sweep's.
    ///
    /// - Parameter onlyLost: of a job that has come to its end by itself; else nobody goes on with any of them.
    nonisolated func abortUploads(of job: Job, onlyLost: Bool) async {
        guard let open = try? await store.openIntentions(job.number), !open.isEmpty else { return }
        let ours = open.filter { $0.report == nil && ($0.lostTime != nil || !onlyLost) }
        await within(configuration.abortFor) {
            await self.sweep.work(
                off: ours, evenIfEarly: true, cap: job.spec.concurrency, weight: job.spec.priority)
        }
        sweep.wake()
    }

    private nonisolated func within(_ limit: Duration, _ body: @escaping @Sendable () async -> Void) async {
        await withTaskGroup { group in
            group.addTask { await body() }
            group.addTask { try? await Task.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
    }

    /// Tries again for as long as the state directory is full or can't be written.
    nonisolated func surely<Value: Sendable>(
        _ body: () async throws -> Value
    ) async throws -> Value {
        while true {
            do {
                return try await body()
            } catch let error as StorageError {
                guard error.mayPass, !table.isDraining else { throw error }
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }
}
