/// What waits for the writer, and when the writer begins. A value that decides; `Writer` acts.
///
/// Records wait for company, 20 ms or 500 rows; an operation that somebody waits for begins a commit at once, and all
/// that come while a commit is on its way share the next one: the slower the disk, the larger the group.
struct WriteQueue {
    /// Records wait until there are so many rows or the first is so old.
    static let groupRows = 500
    static let groupDelay = Duration.milliseconds(20)
    /// More records than this make those who bring them wait.
    static let recordBound = 4_000
    /// A transaction takes no more, so that a waiter is never behind a long one.
    static let transactionRows = 5_000

    /// Tells whoever brought a record whether it was queued; false: the store was closed before there was room.
    typealias Admission = @Sendable (Bool) -> Void

    enum Order: Equatable {
        case nothing
        /// Begin now.
        case start
        /// Call `timerFired` with this number after the delay.
        case startLater(Duration, timer: Int)
    }

    enum Step {
        case run([WriteOperation], admitted: [Admission])
        case stop(Order)
    }

    private enum Phase {
        case idle
        case delayed(timer: Int)
        /// The disk has refused: records wait for the timer, only what is waited for may ask the disk before.
        case backingOff(timer: Int)
        case running
    }

    private struct Overflow {
        var id: Int
        var operation: WriteOperation
        var admit: Admission
        /// Whoever brought it has been told to stop.
        var isGivenUp = false
    }

    private var phase = Phase.idle
    private var timers = 0
    private var operations: [WriteOperation] = []
    private var rows = 0
    private var waited = 0
    private var overflow: [Overflow] = []
    private var overflowed = 0
    private(set) var isClosing = false

    /// Operations that wait, those that wait for room included.
    var count: Int { operations.count + overflow.count }

    var isEmpty: Bool { operations.isEmpty && overflow.isEmpty }

    /// Whether a record must wait for room.
    var isFull: Bool { operations.count - waited >= Self.recordBound || !overflow.isEmpty }

    mutating func add(_ operation: WriteOperation) -> Order {
        append(operation)
        switch phase {
        case .running: return .nothing
        case .delayed: return isUrgent ? begin() : .nothing
        case .backingOff: return operation.isWaitedFor ? begin() : .nothing
        case .idle: return isUrgent ? begin() : later(Self.groupDelay)
        }
    }

    /// Keeps a record until there is room; `admit` is called then, outside the lock. Returns what `giveUp` knows it by.
    mutating func addWhenThereIsRoom(_ operation: WriteOperation, admit: @escaping Admission) -> Int {
        overflowed += 1
        overflow.append(Overflow(id: overflowed, operation: operation, admit: admit))
        return overflowed
    }

    /// Whoever brought this record has been told to stop. It is stored all the same, unless the disk takes nothing: see
    /// `takeGivenUp`.
    mutating func giveUp(_ id: Int) {
        if let index = overflow.firstIndex(where: { $0.id == id }) { overflow[index].isGivenUp = true }
    }

    /// Records without room, of those who were told to stop: while the disk refuses they must not keep anybody from
    /// ending. What they say is lost as by a crash.
    mutating func takeGivenUp() -> [Admission] {
        defer { overflow.removeAll(where: \.isGivenUp) }
        return overflow.filter(\.isGivenUp).map(\.admit)
    }

    /// No further operation is taken; what is queued is committed without delay.
    mutating func close() -> Order {
        isClosing = true
        return begin()
    }

    mutating func timerFired(_ timer: Int) -> Order {
        switch phase {
        case .delayed(timer), .backingOff(timer): begin()
        default: .nothing
        }
    }

    /// What the writer does next: a transaction, and who may go on because there is room now; or it rests.
    ///
    /// - Parameters:
    ///   - continuing: a transaction went before, so that records may wait for company again.
    ///   - probing: run a transaction even without operations, to see whether the disk takes it.
    mutating func next(continuing: Bool, probing: Bool) -> Step {
        if probing, isEmpty { return .run([], admitted: []) }
        guard !isEmpty, !continuing || isUrgent else {
            phase = .idle
            return .stop(operations.isEmpty ? .nothing : later(Self.groupDelay))
        }
        let taken = takeFront()
        let room = max(0, Self.recordBound - (operations.count - waited))
        let admitted = overflow.prefix(room).map { $0 }
        overflow.removeFirst(admitted.count)
        for entry in admitted { append(entry.operation) }
        return .run(taken, admitted: admitted.map(\.admit))
    }

    /// The disk refused: the records go back to the front, in order, and are tried again after `delay`.
    mutating func putBack(_ records: [WriteOperation], delay: Duration) -> Order {
        operations.insert(contentsOf: records, at: 0)
        for record in records { rows += record.rows }
        timers += 1
        phase = .backingOff(timer: timers)
        return .startLater(delay, timer: timers)
    }

    /// Everything that is queued, to be refused, because the store closes on a disk that takes nothing.
    mutating func abandon() -> (operations: [WriteOperation], admitted: [Admission]) {
        defer {
            operations = []
            overflow = []
            rows = 0
            waited = 0
            phase = .idle
        }
        return (operations, overflow.map(\.admit))
    }

    private var isUrgent: Bool { isClosing || waited > 0 || rows >= Self.groupRows || !overflow.isEmpty }

    private mutating func append(_ operation: WriteOperation) {
        operations.append(operation)
        rows += operation.rows
        if operation.isWaitedFor { waited += 1 }
    }

    private mutating func begin() -> Order {
        if case .running = phase { return .nothing }
        phase = .running
        return .start
    }

    private mutating func later(_ delay: Duration) -> Order {
        timers += 1
        phase = .delayed(timer: timers)
        return .startLater(delay, timer: timers)
    }

    private mutating func takeFront() -> [WriteOperation] {
        var taken = 0
        var takenRows = 0
        while taken < operations.count, taken == 0 || takenRows + operations[taken].rows <= Self.transactionRows {
            takenRows += operations[taken].rows
            taken += 1
        }
        rows -= takenRows
        if taken == operations.count {
            let all = operations
            operations = []
            operations.reserveCapacity(min(all.count, Self.recordBound))
            waited = 0
            return all
        }
        let front = Array(operations.prefix(taken))
        operations.removeFirst(taken)
        waited -= front.count(where: \.isWaitedFor)
        return front
    }
}
