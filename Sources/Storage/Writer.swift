internal import Dispatch
internal import GRDB
internal import Model
internal import Synchronization

/// The one who writes: takes what is queued, runs it in one transaction, tells the waiters and `onCommit`.
///
/// All of `drain` runs on GRDB's writer queue, one at a time. A transaction that contains a durable operation commits
/// with `synchronous = FULL` (SQLite waits for fsync of the log), any other with `NORMAL` (the log is synced at
/// checkpoints; a killed process loses nothing, a power loss loses what was not synced, never what was durable).
final class Writer: Sendable {
    private struct Shared {
        var queue = WriteQueue()
        var closers: [CheckedContinuation<Void, Never>] = []
        var isClosed = false
        var backOff = Writer.shortestBackOff
        var statistics = StorageStatistics()
        /// What the disk said last; counts while `takesWrites` is false.
        var refusal: StorageError?
    }

    private enum Entry {
        case queued(WriteQueue.Order)
        case waits
        case refused
    }

    static let shortestBackOff = Duration.milliseconds(100)
    static let longestBackOff = Duration.seconds(5)
    private static let closed = StorageError(.closed, operation: "write", message: "the store was closed")

    private let pool: DatabasePool
    private let path: String
    private let now: @Sendable () -> Timestamp
    private let describe: JobStore.Description
    private let onCommit: @Sendable (Commit) -> Void
    private let timers = DispatchQueue(label: "longshore.storage.timers")
    private let shared = Mutex(Shared())
    /// Changed on the writer queue only, once a transaction was committed and before its waiters are told.
    private let state: Mutex<WriterState>
    private let log: Mutex<WriteAheadLog>
    let figures = CommitFigures()
    private let newest: Atomic<Int64>
    private let takesWrites = Atomic(true)

    init(
        pool: DatabasePool, path: String, state: WriterState, now: @escaping @Sendable () -> Timestamp,
        describe: @escaping JobStore.Description, onCommit: @escaping @Sendable (Commit) -> Void
    ) {
        self.describe = describe
        self.pool = pool
        self.path = path
        self.now = now
        self.onCommit = onCommit
        newest = Atomic(state.revision)
        self.state = Mutex(state)
        log = Mutex(WriteAheadLog(path: path))
    }

    var watermark: Revision { Revision(newest.load(ordering: .acquiring)) }

    /// False from the moment the disk refuses a transaction until it takes one again.
    var isWritable: Bool { takesWrites.load(ordering: .acquiring) }

    /// Why the disk refuses transactions; nil while it takes them.
    var refusal: StorageError? { isWritable ? nil : shared.withLock { $0.refusal } }

    var statistics: StorageStatistics {
        let state = state.withLock { $0 }
        return shared.withLock { shared in
            var statistics = shared.statistics
            statistics.waiting = shared.queue.count
            statistics.openIntentions = state.intentions
            statistics.possibleOrphans = state.reports
            statistics.pendingDeliveries = state.pendingDeliveries
            statistics.jobs = state.talliedUpTo == .max ? state.jobs : nil
            return statistics
        }
    }

    /// Whether the ledger holds any row.
    var hasIntentions: Bool { state.withLock { $0.intentions > 0 } }

    // MARK: Asking

    /// Queues a record; waits while too many are queued.
    func record(_ operation: WriteOperation) async throws(StorageError) {
        let order: WriteQueue.Order? = try open { shared in
            shared.queue.isFull ? nil : shared.queue.add(operation)
        }
        if let order { return obey(order) }
        let place = Atomic(0)
        let isQueued = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let entry: Entry = shared.withLock { shared in
                    if shared.isClosed { return .refused }
                    guard shared.queue.isFull else { return .queued(shared.queue.add(operation)) }
                    let id = shared.queue.addWhenThereIsRoom(operation) { continuation.resume(returning: $0) }
                    place.store(id, ordering: .relaxed)
                    return .waits
                }
                switch entry {
                case .queued(let order):
                    continuation.resume(returning: true)
                    obey(order)
                case .waits: if Task.isCancelled { giveUp(place) }
                case .refused: continuation.resume(returning: false)
                }
            }
        } onCancel: {
            giveUp(place)
        }
        guard isQueued else { throw Self.closed }
    }

    private func giveUp(_ place: borrowing Atomic<Int>) {
        let admissions = shared.withLock { shared in
            shared.queue.giveUp(place.load(ordering: .relaxed))
            return isWritable ? [] : shared.queue.takeGivenUp()
        }
        for admit in admissions { admit(false) }
    }

    /// Queues an operation and waits for its commit.
    func perform<Value: Sendable>(
        _ operation: String, durable: Bool, rows: Int = 1, revisions: Int = 2,
        _ body: @escaping @Sendable (WriteBatch) throws -> Value
    ) async throws(StorageError) -> Value {
        let path = path
        let result: Result<Value, StorageError> = await withCheckedContinuation { continuation in
            let waited = WriteOperation.Waited(
                isDurable: durable, rows: rows, revisions: revisions,
                run: { batch in
                    let value = try body(batch)
                    return { continuation.resume(returning: .success(value)) }
                },
                fail: { error in
                    continuation.resume(
                        returning: .failure(StorageError(error.code, operation: operation, message: error.message)))
                })
            do throws(StorageError) {
                obey(try open { $0.queue.add(.waited(waited)) })
            } catch {
                continuation.resume(returning: .failure(StorageError(error, operation: operation, path: path)))
            }
        }
        return try result.get()
    }

    /// Work that nobody waits for, however much there is: what a start finds to be left over.
    func queue(_ operation: WriteOperation) { obey(shared.withLock { $0.queue.add(operation) }) }

    /// Commits what is queued; nothing is taken any more.
    func close() async {
        await withCheckedContinuation { continuation in
            let order: WriteQueue.Order? = shared.withLock { shared in
                if shared.isClosed { return nil }
                shared.closers.append(continuation)
                return shared.queue.close()
            }
            if let order { obey(order) } else { continuation.resume() }
        }
    }

    private func open<Value>(
        _ body: (inout sending Shared) -> Value
    ) throws(StorageError) -> Value {
        let value: Value? = shared.withLock { shared in
            shared.queue.isClosing ? nil : body(&shared)
        }
        guard let value else { throw Self.closed }
        return value
    }

    private func obey(_ order: WriteQueue.Order) {
        switch order {
        case .nothing: break
        case .start: pool.asyncWriteWithoutTransaction { self.drain($0) }
        case .startLater(let delay, let timer):
            let deadline = DispatchTime.now() + .microseconds(Int(delay.inMicroseconds))
            timers.asyncAfter(deadline: deadline) {
                self.obey(self.shared.withLock { $0.queue.timerFired(timer) })
            }
        }
    }

    // MARK: Committing

    private func drain(_ database: Database) {
        var continuing = false
        while true {
            let probing = !isWritable && !continuing
            switch shared.withLock({ $0.queue.next(continuing: continuing, probing: probing) }) {
            case .stop(let order):
                obey(order)
                return finishClosing()
            case .run(let operations, let admitted):
                for admit in admitted { admit(true) }
                guard commit(operations, database) else { return finishClosing() }
                continuing = true
            }
        }
    }

    /// False: the disk refused it, and the writer waits.
    private func commit(_ operations: [WriteOperation], _ database: Database) -> Bool {
        do {
            do {
                try transaction(operations, database, isolating: false)
            } catch  where StorageError.isFaultOfOneOperation(error) && !operations.isEmpty {
                try transaction(operations, database, isolating: true)
            }
            return true
        } catch {
            refuse(operations, error)
            return false
        }
    }

    /// - Parameter isolating: each operation gets a savepoint, so that one that no table takes fails alone.
    private func transaction(_ operations: [WriteOperation], _ database: Database, isolating: Bool) throws {
        var before = state.withLock { $0 }
        let revisions = operations.reduce(2) { $0 + $1.revisions }
        let reserves = before.revision + Int64(revisions) > before.ceiling
        let durable = reserves || operations.contains(where: \.isDurable)
        if durable != before.isFullySynchronous {
            try database.execute(sql: durable ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL")
            before.isFullySynchronous = durable
            state.withLock { $0.isFullySynchronous = durable }
        }
        let batch = WriteBatch(database: database, now: now(), state: before, describe: describe)
        var completions: [@Sendable () -> Void] = []
        let began = ContinuousClock.now
        try database.inTransaction(.immediate) {
            if reserves { try batch.reserve(revisions) }
            if operations.isEmpty { try batch.probe() }
            for operation in operations {
                if let completion = try isolating ? isolated(operation, batch) : batch.run(operation) {
                    completions.append(completion)
                }
            }
            try batch.storeTotals()
            return .commit
        }
        figures.note(began.duration(to: .now), durable: durable)
        finish(batch, operations: operations.count, durable: durable, completions: completions)
        log.withLock { $0.checkpointWhenLarge(database, rows: operations.reduce(0) { $0 + $1.rows }) }
    }

    private func isolated(_ operation: WriteOperation, _ batch: WriteBatch) throws -> (@Sendable () -> Void)? {
        let saved = batch.state
        do {
            var completion: (@Sendable () -> Void)?
            try batch.database.inSavepoint {
                completion = try batch.run(operation)
                try batch.storeTotals()
                return .commit
            }
            return completion
        } catch  where StorageError.isFaultOfOneOperation(error) {
            batch.state = saved
            batch.forgetTotals()
            let failure = StorageError(error, operation: "write", path: path)
            if case .waited(let waited) = operation { return { waited.fail(failure) } }
            batch.state.fault = batch.state.fault ?? failure
            shared.withLock { $0.statistics.rejected += 1 }
            return nil
        }
    }

    private func finish(
        _ batch: WriteBatch, operations: Int, durable: Bool, completions: [@Sendable () -> Void]
    ) {
        state.withLock { $0 = batch.state }
        newest.store(batch.state.revision, ordering: .releasing)
        takesWrites.store(true, ordering: .releasing)
        let order = shared.withLock { shared in
            shared.backOff = Self.shortestBackOff
            shared.statistics.commits += 1
            shared.statistics.operations += operations
            if durable { shared.statistics.durableCommits += 1 }
            if shared.queue.isClosing { return [WriteQueue.Order]() }
            return batch.followUps.map { shared.queue.add($0) }
        }
        for order in order { obey(order) }
        if !batch.changedJobs.isEmpty || batch.hasDeliveries {
            onCommit(
                Commit(
                    watermark: Revision(batch.state.revision), jobs: batch.changedJobs, jobEvents: batch.jobEvents,
                    hasDeliveries: batch.hasDeliveries))
        }
        for completion in completions { completion() }
    }

    // MARK: A disk that refuses

    /// Those who wait are told; records stay and are tried again.
    private func refuse(_ operations: [WriteOperation], _ error: any Error) {
        let failure = StorageError(error, operation: "write", path: path)
        let records = operations.filter { !$0.isWaitedFor }
        let (order, givenUp): (WriteQueue.Order?, [WriteQueue.Admission]) = shared.withLock { shared in
            shared.refusal = failure
            takesWrites.store(false, ordering: .releasing)
            shared.statistics.refusals += 1
            let delay = shared.backOff
            shared.backOff = min(delay * 2, Self.longestBackOff)
            let order = shared.queue.isClosing ? nil : shared.queue.putBack(records, delay: delay)
            return (order, shared.queue.takeGivenUp())
        }
        for admit in givenUp { admit(false) }
        for case .waited(let waited) in operations { waited.fail(failure) }
        if let order { obey(order) }
    }

    /// After the last commit, or when the disk takes nothing: whoever still waits is told, and then the closers.
    private func finishClosing() {
        let ending = shared.withLock { shared in
            guard shared.queue.isClosing, !shared.isClosed else { return nil as Ending? }
            shared.isClosed = true
            let left = shared.queue.abandon()
            let closers = shared.closers
            shared.closers = []
            return Ending(operations: left.operations, admitted: left.admitted, closers: closers)
        }
        guard let ending else { return }
        for case .waited(let waited) in ending.operations { waited.fail(Self.closed) }
        for admit in ending.admitted { admit(false) }
        for closer in ending.closers { closer.resume() }
    }

    private struct Ending: Sendable {
        var operations: [WriteOperation]
        var admitted: [WriteQueue.Admission]
        var closers: [CheckedContinuation<Void, Never>]
    }
}
