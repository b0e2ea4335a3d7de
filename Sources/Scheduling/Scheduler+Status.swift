package import Model
import Storage
import Transfers

/// What callers see. Nothing here waits for the actor.
extension Scheduler {
    package nonisolated func status(_ id: JobID, for reach: Reach) async throws(SchedulerError) -> JobStatus {
        let job = try await storing { try await self.store.job(id, reach: reach) }
        guard let job else { throw Self.notFound(id) }
        return try await status(of: job)
    }

    /// - Parameter brief: without the uploads that are open: for lists and events.
    package nonisolated func status(of job: Job, brief: Bool = false) async throws(SchedulerError) -> JobStatus {
        var failed: [FileTransfer] = []
        if job.counters.filesFailed > 0 {
            failed = try await storing {
                try await self.store.files(job.number, states: [.failed], after: nil, limit: 10)
            }
        }
        var position = 0
        if job.state == .queued {
            position = try await storing {
                try await self.store.queuePosition(job.number)
            }
        }
        return status(of: job, position, failed, brief ? nil : try await openUploads(of: job))
    }

    /// Of a job that was just submitted: the store has nothing more of it than its row.
    nonisolated func status(ofNew job: Job, queuedBefore: Int) -> JobStatus {
        status(of: job, queuedBefore, [], OpenUploads(count: 0, uploads: []))
    }

    private nonisolated func status(
        of job: Job, _ position: Int, _ failed: [FileTransfer], _ openUploads: OpenUploads?
    ) -> JobStatus {
        let live = liveState(of: job)
        let refusal = job.state.isFinal || job.state == .paused ? nil : store.refusal
        var job = job
        // It can't be stored, for the very reason that it tells.
        if let refusal { job.stateReason = Self.stateReason(refusal) }
        return JobStatus(
            job: job, live: live, queuePosition: position,
            waitingFor: refusal == nil ? waitingFor(job, live) : .stateDisk, failedFiles: failed,
            openUploads: openUploads, entityRevision: table.entityRevision(of: job, at: surroundings.now()))
    }

    private nonisolated func openUploads(of job: Job) async throws(SchedulerError) -> OpenUploads {
        let (count, first) = try await storing { try await self.store.openIntentions(job.number, limit: 10) }
        return OpenUploads(
            count: count,
            uploads: first.map { OpenUploads.Upload($0, reason: sweep.tries.reason($0.id)) })
    }

    /// Without the time that is left, which needs the job's totals.
    package nonisolated func liveState(of job: JobNumber) -> LiveState {
        guard let run = table[job] else { return LiveState() }
        var live = run.live.summary()
        live.requestsInFlight = permits.inFlight(of: job)
        return live
    }

    package nonisolated func liveState(of job: Job) -> LiveState {
        var live = liveState(of: job.number)
        let left = Int64(job.counters.bytesTotal - job.counters.bytesSucceeded - job.counters.bytesSkipped)
        if job.scanComplete, live.bytesPerSecond > 0 {
            live.etaSeconds = max(0, left - live.bytesInFlight) / live.bytesPerSecond
        }
        return live
    }

    private static func stateReason(_ refusal: StorageError) -> String {
        switch refusal.code {
        case .full: "state_disk_full"
        case .readOnly: "state_disk_read_only"
        default: "state_disk_failing"
        }
    }

    private nonisolated func waitingFor(_ job: Job, _ live: LiveState) -> JobStatus.WaitingFor? {
        if job.state == .queued { return .slot }
        guard job.state == .running, live.requestsInFlight == 0, let run = table[job.number] else { return nil }
        if run.waitsForDisk { return .stateDisk }
        if permits.isBackingOff(job.spec.store) { return .storeBackoff }
        if permits.hasWaiters(job.number) { return .permit }
        // A request that has begun and is not in flight waits for its next attempt.
        return live.hasBegunRequests ? .storeBackoff : nil
    }

    package nonisolated func liveParts(of job: JobNumber) -> [LivePart] { table[job]?.live.parts() ?? [] }

    /// - Parameter tenant: what it may have in flight and has; nil: the service as a whole.
    package nonisolated func limits(for tenant: TenantName?) -> Limits {
        let cap = tenant.flatMap { tenants[$0].limits.concurrency } ?? .max
        return Limits(
            concurrency: min(permits.cap, cap), inFlight: tenant.map(permits.inFlight(of:)) ?? permits.inFlight,
            bandwidthLimit: surroundings.pacer.limit)
    }

    /// Those that the tenant may use.
    package nonisolated func stores(of tenant: TenantName) -> [StoreDescription] {
        let rights = tenants[tenant]
        return clients.values.filter { rights.mayUse($0.name) }.map {
            StoreDescription(name: $0.name, endpoint: $0.endpoint, region: $0.region)
        }
        .sorted { $0.name.rawValue < $1.name.rawValue }
    }

    package nonisolated var isDraining: Bool { table.isDraining }

    /// Nil when ready; else why not.
    package nonisolated var unreadyReason: String? {
        if table.isDraining { return "the service is about to stop" }
        switch store.refusal?.code {
        case nil: return nil
        case .full: return "the state directory has no room"
        case .readOnly: return "the state directory can't be written"
        default: return "the disk of the state directory fails"
        }
    }
}
