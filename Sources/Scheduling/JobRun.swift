import Files
import Logging
import Model
import Storage
import Synchronization
import Transfers

/// One run of one job: from its start or resumption until it has ended, was paused, cancelled, or the service stops.
///
/// It scans the source into the files table and moves what stands there, each at its own speed. More files are begun than
/// the job may have requests in flight, so that a permit never waits for a file to be opened.
final class JobRun: Sendable {
    /// What all runs share.
    struct Surroundings: Sendable {
        let store: JobStore
        let permits: PermitPool
        /// The service's bandwidth limit.
        let pacer: Pacer
        let readers: ReaderPool
        /// For what passes through this machine from one store to another.
        let spool: SpoolFolder
        let now: @Sendable () -> Timestamp
        let logger: Logger
        let figures = RunFigures()
    }

    /// Parts prepared beyond what may be in flight: enough to hide the time it takes to read one.
    static let lookAhead = 4
    /// The same for files, at most: a small one is held in memory meanwhile.
    static let longestFileLookAhead = 64

    /// Files that a scan stores at once; of the first ones fewer, so that the moving begins soon.
    private static let mostRows = 1_000
    private static let firstRows = 256

    let number: JobNumber
    let id: JobID
    let kind: JobSpec.Kind
    let tenant: TenantName
    let uniqueName: String
    private let trace: TraceParent?
    let storeName: StoreName
    private let stopsAtFailure: Bool
    let surroundings: Surroundings
    let runner: FileRunner
    let source: JobSource
    let stop = StopSignal()
    let live = LiveTable()
    let pacer: Pacer
    /// Files begun.
    private let files: PlaceCounter
    /// Parts read ahead or in flight.
    private let places: PlaceCounter
    private let lead: ScanLead
    private let state: Mutex<State>

    struct State {
        var spec: JobSpec
        var scanComplete: Bool
        /// Whether the source was scanned in part by an earlier run.
        var isRescan: Bool
        var intentions: [FileNumber: Intention] = [:]
        var waitsForDisk = false
        /// What the scan has found and stored first, on its way to the one who begins files.
        var scanned: [FileTransfer]?
    }

    init(
        job: Job, source: JobSource, client: TransferClient, isRescan: Bool, surroundings: Surroundings
    ) {
        number = job.number
        id = job.id
        kind = job.spec.kind
        tenant = job.tenant
        uniqueName = job.uniqueName
        trace = job.traceParent
        storeName = job.spec.store
        stopsAtFailure = job.spec.onError == .stop
        self.surroundings = surroundings
        self.source = source
        runner = FileRunner(
            spec: job.spec, source: source, client: client, readers: surroundings.readers, spool: surroundings.spool)
        pacer = Pacer(limit: job.spec.bandwidthLimit)
        let width = min(job.spec.concurrency, surroundings.permits.cap)
        files = PlaceCounter(places: width + Self.filesAhead(of: width))
        places = PlaceCounter(places: width + Self.lookAhead)
        let ended = job.counters.filesSucceeded + job.counters.filesFailed + job.counters.filesSkipped
        // A tree is on this machine: its scan costs no store anything, and its totals are wanted early.
        lead = ScanLead(
            most: job.spec.kind == .upload ? nil : ScanLead.mostListed, ahead: job.counters.filesTotal - ended)
        state = Mutex(State(spec: job.spec, scanComplete: job.scanComplete, isRescan: isRescan))
    }

    var spec: JobSpec { state.withLock { $0.spec } }

    var waitsForDisk: Bool { state.withLock { $0.waitsForDisk } }

    /// What PATCH, or a change of the global cap, changes from the next request on.
    func apply(_ spec: JobSpec) {
        state.withLock { $0.spec = spec }
        pacer.set(limit: spec.bandwidthLimit)
        let width = min(spec.concurrency, surroundings.permits.cap)
        files.set(places: width + Self.filesAhead(of: width))
        places.set(places: width + Self.lookAhead)
        surroundings.permits.setJob(number, cap: spec.concurrency, weight: spec.priority)
    }

    /// Files prepared beyond what may be in flight. Requests that began together end together: for each of them another
    /// file must stand ready, or the permits that come back go to other jobs, whatever the job's share.
    private static func filesAhead(of width: Int) -> Int { min(max(lookAhead, width), longestFileLookAhead) }

    // MARK: The run

    /// Returns when nothing of the job runs any more. `stop.reason` then says why, nil when it is through.
    func run() async {
        await withTaskGroup { group in
            group.addTask { await self.stop.wait() }
            group.addTask { await self.scanAndMove() }
            await group.next()
            group.cancelAll()
        }
    }

    private func scanAndMove() async {
        let (batches, scanned) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        await withDiscardingTaskGroup { group in
            group.addTask {
                await self.ending { try await self.scan(scanned) }
                scanned.finish()
            }
            await self.ending { try await self.move(batches, in: &group) }
        }
    }

    /// What ends the run becomes its reason to stop; a stop that was asked for is none.
    private func ending(_ body: () async throws -> Void) async {
        do {
            try await body()
        } catch is CancellationError {
            return
        } catch let failure as Failure {
            stop.stop(.failure(failure))
        } catch {
            stop.stop(.failure(Failure(.internal, String(describing: error), retryable: true)))
        }
    }

    private func scan(_ scanned: AsyncStream<Void>.Continuation) async throws {
        let (isComplete, isRescan) = state.withLock { ($0.scanComplete, $0.isRescan) }
        if isComplete { return }
        if isRescan { try await stored { try await $0.beginRescan(self.number) } }
        var scan = source.scan()
        var isFirst = !isRescan
        var isOver = false
        while try await lead.mayGrow(),
            let batch = try await scan.next(
                maximum: isFirst ? Self.firstRows : Self.mostRows, on: surroundings.readers,
                acquire: { _ in try await self.permit(.startedFile, at: self.spec.objectStore) })
        {
            try Task.checkCancellation()
            let failed = stopsAtFailure ? batch.first { $0.state == .failed } : nil
            isOver = scan.isAtEnd && failed == nil
            if batch.isEmpty, !isOver { continue }
            let added = try await stored { try await $0.addFiles(self.number, batch, isLast: isOver) }
            if isFirst, let added {
                state.withLock { $0.scanned = FileTransfer.pending(of: batch, first: added.lowerBound) }
            }
            lead.found(min(added?.count ?? 0, batch.count { $0.state == .pending }))
            scanned.yield()
            if let failed { throw failed.failure ?? Failure(.internal, "a failed file without a failure") }
            if isOver { break }
            isFirst = false
        }
        if !isOver { try await stored { try await $0.finishScan(self.number) } }
        state.withLock { $0.scanComplete = true }
    }

    /// Begins one pending file after the other until the scan is over and nothing is left.
    private func move(_ batches: AsyncStream<Void>, in group: inout DiscardingTaskGroup) async throws {
        var queue = FileQueue(store: surroundings.store, job: number)
        var batches = batches.makeAsyncIterator()
        var isScanOver = false
        while true {
            try await files.take()
            if let file = queue.ready.begin(lead) {
                begin(file, then: queue.ready, in: &group)
                continue
            }
            let ahead = lead.ahead
            // Asked for only now, so that a large file that was scanned meanwhile comes first, and only where there should be
            // any.
            guard ahead > 0, let file = try await fetch(&queue) else {
                files.giveBack()
                lead.isGone(ahead)
                if isScanOver { return }
                // Nil: the scan is over; what it stored last is looked for once more.
                isScanOver = await batches.next() == nil
                try Task.checkCancellation()
                continue
            }
            lead.began()
            begin(file, then: queue.ready, in: &group)
        }
    }

    private func fetch(_ queue: inout FileQueue) async throws -> FileTransfer? {
        if let all = takeScanned(), let first = queue.add(all) { return first }
        return try await queue.next()
    }

    /// Moves a file, and then those that stand ready, in one task with one place.
    private func begin(_ file: FileTransfer, then ready: ReadyFiles, in group: inout DiscardingTaskGroup) {
        group.addTask {
            var next: FileTransfer? = file
            while let file = next {
                await self.ending { try await self.move(file) }
                let goesOn = self.stop.reason == nil && !Task.isCancelled && self.files.mayKeep
                next = goesOn ? ready.begin(self.lead) : nil
            }
            self.files.giveBack()
        }
    }

    private func takeScanned() -> [FileTransfer]? {
        state.withLock { state in
            defer { state.scanned = nil }
            return state.scanned
        }
    }

    private func move(_ file: FileTransfer) async throws {
        let startTime = surroundings.now()
        // Nil: the run was stopped; the file stays pending and a later run goes on with it.
        guard let result = await runner.run(file, ledger: self) else { return }
        let outcome = FileOutcome(
            job: number, number: file.number, state: result.state, size: result.size, skipReason: result.skipReason,
            attempts: file.attempts + result.attempts, etag: result.etag, checksum: result.checksum,
            failure: result.failure, startTime: startTime, endTime: surroundings.now(),
            counters: Self.counters(of: result, scannedSize: file.size))
        try await stored { try await $0.record(outcome) }
        surroundings.figures.note(
            result.state, kind, acknowledgedBytes: result.countsBytes, resentBytes: result.resentBytes)
        guard let failure = result.failure else { return }
        surroundings.logger.debug(
            "file failed",
            metadata: Job.metadata(
                id, trace, ["code": "\(failure.code.rawValue)", "reason": "\(failure.message)"]))
        if stopsAtFailure || failure.endsJob { throw failure }
    }

    private static func counters(of result: FileResult, scannedSize: Int64) -> JobCounters {
        var counters = JobCounters()
        counters.bytesTotal = Int(result.size - scannedSize)
        counters.bytesSucceeded = Int(result.countsBytes)
        counters.bytesReused = Int(result.reusedBytes)
        counters.bytesResent = Int(result.resentBytes)
        switch result.state {
        case .succeeded: counters.filesSucceeded = 1
        case .skipped:
            counters.filesSkipped = 1
            counters.bytesSkipped = Int(result.size - result.acknowledgedBytes)
        case .failed:
            counters.filesFailed = 1
            counters.bytesFailed = Int(result.size - result.acknowledgedBytes)
        case .pending, .inFlight: preconditionFailure("a file ended as \(result.state)")
        }
        return counters
    }

    // MARK: Storage

    /// Runs a call of the store; while the state directory is full or can't be written the job waits and tries again.
    func stored<Value: Sendable>(
        _ body: (JobStore) async throws -> Value
    ) async throws -> Value {
        while true {
            do {
                let value = try await body(surroundings.store)
                state.withLock { $0.waitsForDisk = false }
                return value
            } catch let error as StorageError {
                guard error.mayPass else {
                    if error.code == .closed { throw CancellationError() }
                    throw Failure(.internal, "the state: \(error)", retryable: true)
                }
                state.withLock { $0.waitsForDisk = true }
                try await Task.sleep(for: .seconds(1))
            }
        }
    }

    func withIntentions<Value>(_ body: (inout [FileNumber: Intention]) -> Value) -> Value {
        state.withLock { body(&$0.intentions) }
    }

    /// How many large requests share the bandwidth limit: as many as are prepared and may be in flight.
    var lanes: Int { max(1, min(places.taken, spec.concurrency, surroundings.permits.cap)) }

    func takePlace() async throws { try await places.take() }
    func giveBackPlace() { places.giveBack() }
}

extension Failure {
    /// Whether every other file of the job would fail in the same way.
    var endsJob: Bool {
        switch code {
        case .noSuchBucket, .credentialsUnavailable: true
        default: false
        }
    }
}

extension FileTransfer {
    /// The pending ones among scanned files that were stored under the numbers from `first` on.
    fileprivate static func pending(of files: [ScannedFile], first: Int64) -> [FileTransfer] {
        files.indices.lazy.filter { files[$0].state == .pending }.map { index in
            let file = files[index]
            return FileTransfer(
                number: FileNumber(first + Int64(index)), path: file.path, size: file.size,
                isDirectoryMarker: file.isDirectoryMarker, object: file.object)
        }
    }
}
