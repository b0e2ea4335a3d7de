package import Files
package import Logging
import Metrics
package import Model
package import Storage
package import Transfers

/// Decides what runs when: takes jobs in, starts them in their order, carries out what callers ask of them, and brings
/// them to an end. The requests themselves are admitted by `PermitPool`; how a job runs is `JobRun`'s.
///
/// The stored state of a job is the arbiter: a command first changes it (from the states that allow it, in one
/// transaction) and then tells the run, if there is one; a run that begins says so before its job becomes `running`, and
/// looks at the state once more if a command has looked for it before it showed itself. So whichever comes first, the other
/// sees it.
package actor Scheduler {
    package nonisolated let store: JobStore
    package nonisolated let feed: ChangeFeed
    nonisolated let configuration: SchedulerConfiguration
    nonisolated let clients: [StoreName: TransferClient]
    /// What each tenant may use, and its share.
    package nonisolated let tenants: TenantTable
    nonisolated let surroundings: JobRun.Surroundings
    nonisolated let table = RunTable()
    nonisolated let sweep: UploadSweep
    nonisolated var permits: PermitPool { surroundings.permits }

    /// What the service's own tasks have to do next.
    enum Work: Sendable {
        /// With the job's source, where its submission has opened it just now.
        case start(JobNumber, JobSource?)
        case pause(JobRun)
        /// Cancelled with no run: its open uploads are aborted.
        case endCancelled(Job)
    }

    private nonisolated let work: AsyncStream<Work>
    private nonisolated let workContinuation: AsyncStream<Work>.Continuation
    /// Jobs that wait for a slot or have one.
    private var slots = SlotQueue()
    /// Jobs whose turn came while their last run was about to leave its slot.
    private var returning: Set<JobNumber> = []

    package init(
        configuration: SchedulerConfiguration, store: JobStore, feed: ChangeFeed, permits: PermitPool,
        clients: [TransferClient], tenants: TenantTable, readers: ReaderPool, now: @escaping @Sendable () -> Timestamp,
        logger: Logger
    ) {
        self.configuration = configuration
        self.store = store
        self.feed = feed
        self.clients = Dictionary(uniqueKeysWithValues: clients.map { ($0.name, $0) })
        self.tenants = tenants
        permits.setTenants(tenants.limits)
        surroundings = JobRun.Surroundings(
            store: store, permits: permits, pacer: Pacer(limit: nil),
            readers: readers, spool: SpoolFolder(path: store.directory), now: now, logger: logger)
        sweep = UploadSweep(
            store: store, clients: self.clients, permits: permits, table: table, now: now, logger: logger,
            tries: SweepTable(first: configuration.sweepAfter, longest: configuration.sweepAtLeastEvery))
        (work, workContinuation) = AsyncStream.makeStream(of: Work.self)
    }

    /// Takes up what an earlier process left, then works until `drain` was called and everything has come to rest.
    package func run() async throws(StorageError) {
        try await recover()
        await withDiscardingTaskGroup { group in
            group.addTask { await self.sampleRates() }
            group.addTask { await self.purge() }
            group.addTask { await self.sweep.run() }
            await withDiscardingTaskGroup { jobs in
                for await work in work { jobs.addTask { await self.perform(work) } }
            }
            group.cancelAll()
        }
    }

    /// No new job from now on; requests in flight get `within` to finish, then they are cut. Returns once every run has
    /// ended; what is left is in the store and goes on at the next start.
    package func drain(within limit: Duration) async {
        // At once, and before anybody is told: a request that ends from now on is followed by none.
        for run in table.all { permits.hold(run.number) }
        table.beginDraining()
        // Among them what began meanwhile.
        let runs = table.all
        await withTaskGroup { group in
            group.addTask { try? await Task.sleep(for: limit) }
            group.addTask {
                await withDiscardingTaskGroup { draining in
                    for run in runs { draining.addTask { await self.permits.drain(run.number) } }
                }
            }
            await group.next()
            group.cancelAll()
        }
        for run in table.all { run.stop.stop(.shutdown) }
        workContinuation.finish()
    }

    // MARK: Submission

    /// How a submission was taken.
    package enum Submitted: Sendable {
        case created(JobStatus)
        /// The same idempotency key, or the same id, with the same spec.
        case existing(JobStatus)
    }

    /// - Parameter tenant: whose the job is. Ids and idempotency keys are its own: another's are no obstacle.
    package nonisolated func submit(
        _ spec: JobSpec, of tenant: TenantName, id: JobID? = nil, idempotencyKey: String? = nil,
        traceParent: TraceParent? = nil
    ) async throws(SchedulerError) -> Submitted {
        if table.isDraining { throw SchedulerError(.draining, "the service is about to stop") }
        var source: JobSource?
        // What was submitted before is answered even when its source is gone by now; the store compares the specs.
        if try await !isKnown(tenant, id, idempotencyKey) { source = try await openSource(of: spec, tenant) }
        var generator = SystemRandomNumberGenerator()
        let now = surroundings.now()
        let submission = Submission(
            id: id ?? JobID(createdAt: now, using: &generator), tenant: tenant, spec: spec,
            idempotencyKey: idempotencyKey, createTime: now, traceParent: traceParent)
        let outcome = try await storing {
            try await store.submit(submission, maximumQueued: configuration.maximumQueuedJobs)
        }
        switch outcome {
        case .created(let job, let queuedBefore):
            await enqueue(job.number, of: tenant, source: source)
            return .created(status(ofNew: job, queuedBefore: queuedBefore))
        case .existing(let job): return .existing(try await status(of: job))
        case .conflictingID(let job):
            throw SchedulerError(.idInUse, "job \(job.id) exists with another spec")
        case .conflictingKey(let job):
            throw SchedulerError(.idempotencyKeyReused, "the key was used for job \(job.id) with another spec")
        case .full:
            throw SchedulerError(.tooManyJobs, "\(configuration.maximumQueuedJobs) jobs are queued already")
        }
    }

    private nonisolated func isKnown(
        _ tenant: TenantName, _ id: JobID?, _ idempotencyKey: String?
    ) async throws(SchedulerError) -> Bool {
        try await storing {
            if let id, try await store.job(id, reach: .tenant(tenant)) != nil { return true }
            guard let idempotencyKey else { return false }
            return try await store.job(idempotencyKey: idempotencyKey, of: tenant) != nil
        }
    }

    // MARK: Slots

    /// - Parameter source: the job's, if it is open already. Kept only where the job begins at once: a queue must hold no
    ///   descriptors.
    func enqueue(_ job: JobNumber, of tenant: TenantName, source: JobSource? = nil) {
        slots.add(job, of: tenant)
        fillSlots(opened: source.map { (job, $0) })
    }

    /// The job has its slot no longer.
    func leave(_ job: JobNumber) {
        if returning.remove(job) != nil {
            // It keeps its slot: a cancel must not wait behind other jobs.
            workContinuation.yield(.start(job, nil))
        } else {
            slots.end(job)
            fillSlots()
        }
    }

    private func fillSlots(opened: (job: JobNumber, source: JobSource)? = nil) {
        while !table.isDraining, let (job, tenant, since) = nextForSlot() {
            surroundings.figures.queueWait.observe(since.duration(to: .now))
            // A job that was paused and resumed while it stood in the queue stands there twice. One that was resumed as
            // soon as its state said `paused` may be here before its run has left. A start for nothing does no harm.
            if slots.begin(job, of: tenant) {
                workContinuation.yield(.start(job, job == opened?.job ? opened?.source : nil))
            } else {
                returning.insert(job)
            }
        }
    }

    private func nextForSlot() -> (job: JobNumber, tenant: TenantName, since: ContinuousClock.Instant)? {
        slots.next(slots: configuration.maximumRunningJobs) { tenants[$0].limits.weight }
    }

    /// The settings' tenants from now on.
    package nonisolated func setTenants(_ rights: [TenantName: TenantRights], standard: TenantRights) {
        tenants.replace(with: rights, standard: standard)
        permits.setTenants(tenants.limits)
    }

    /// A job that was cancelled and shows no run. One that has a slot is about to begin or has just ended: its end is
    /// left to what follows there, or it would be over while something of it still runs.
    func endCancelledLater(_ job: Job) {
        if slots.active[job.number] != nil { returning.insert(job.number) } else { add(.endCancelled(job)) }
    }

    func add(_ work: Work) { workContinuation.yield(work) }

    private nonisolated func perform(_ work: Work) async {
        switch work {
        case .start(let job, let source): await start(job, source)
        case .pause(let run): await finishRequests(of: run)
        case .endCancelled(let job): await endCancelled(job)
        }
    }

    /// Storage's errors as a caller's call sees them.
    nonisolated func storing<Value: Sendable>(
        _ body: () async throws -> Value
    ) async throws(SchedulerError) -> Value {
        do {
            return try await body()
        } catch {
            let reason = (error as? StorageError)?.message ?? String(describing: error)
            throw SchedulerError(.stateUnavailable, "the state can't be read or written: \(reason)")
        }
    }
}
