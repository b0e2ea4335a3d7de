import Testing

@testable import Model
@testable import Storage

/// When the writer begins, what it takes, and what waits.
struct WriteQueueTests {
    private var queue = WriteQueue()

    @Test mutating func aRecordWaitsForCompanyAndAWaiterDoesNot() {
        #expect(queue.add(record) == .startLater(WriteQueue.groupDelay, timer: 1))
        #expect(queue.add(record) == .nothing)
        #expect(queue.add(waited()) == .start)
        #expect(queue.add(waited()) == .nothing, "the writer is at work")
        #expect(taken() == 4)
        #expect(queue.timerFired(1) == .nothing, "it had begun already")
    }

    @Test mutating func fullGroupsBeginAtOnce() {
        for _ in 1..<WriteQueue.groupRows { #expect(queue.add(record) != .start) }
        #expect(queue.add(record) == .start)
    }

    @Test mutating func aTimerStartsTheWriter() {
        _ = queue.add(record)
        #expect(queue.timerFired(7) == .nothing)
        #expect(queue.timerFired(1) == .start)
        #expect(queue.timerFired(1) == .nothing)
    }

    @Test mutating func whatComesWhileTheWriterIsAtWorkIsTakenNextOrWaits() {
        _ = queue.add(waited())
        #expect(taken() == 1)
        _ = queue.add(record)
        guard case .stop(.startLater(WriteQueue.groupDelay, timer: 1)) = queue.next(continuing: true, probing: false)
        else { return #expect(Bool(false), "a record alone has time") as Void }
        _ = queue.add(waited())
        #expect(taken(continuing: true) == 2)
        guard case .stop(.nothing) = queue.next(continuing: true, probing: false) else {
            return #expect(Bool(false), "nothing is left") as Void
        }
        #expect(queue.add(waited()) == .start)
    }

    @Test mutating func aTransactionIsBounded() {
        for _ in 0..<3 { _ = queue.add(waited(rows: 2_000)) }
        _ = queue.add(waited(rows: 1_000_000))
        #expect(taken() == 2)
        #expect(taken(continuing: true) == 1)
        #expect(taken(continuing: true) == 1)
    }

    @Test mutating func recordsOverTheBoundWaitInOrder() {
        for _ in 0..<WriteQueue.recordBound {
            #expect(!queue.isFull)
            _ = queue.add(record)
        }
        #expect(queue.isFull)
        _ = queue.addWhenThereIsRoom(record) { _ in }
        _ = queue.addWhenThereIsRoom(record) { _ in }
        _ = queue.add(waited())
        guard case .run(let operations, let admitted) = queue.next(continuing: false, probing: false) else {
            return #expect(Bool(false), "there is work") as Void
        }
        #expect(operations.count == WriteQueue.recordBound + 1 && admitted.count == 2)
        #expect(taken(continuing: true) == nil, "two records have time")
        #expect(!queue.isFull)
    }

    @Test mutating func whoeverIsToldToStopTakesItsRecordAwayWhileTheDiskRefuses() {
        for _ in 0..<WriteQueue.recordBound { _ = queue.add(record) }
        let first = queue.addWhenThereIsRoom(record) { _ in }
        _ = queue.addWhenThereIsRoom(record) { _ in }
        #expect(queue.takeGivenUp().isEmpty)
        queue.giveUp(first)
        #expect(queue.takeGivenUp().count == 1 && queue.takeGivenUp().isEmpty)
        #expect(queue.count == WriteQueue.recordBound + 1)
    }

    @Test mutating func afterARefusalOnlyAWaiterAsksTheDiskAgain() {
        for _ in 0..<WriteQueue.groupRows { _ = queue.add(record) }
        _ = queue.next(continuing: false, probing: false)
        let records = Array(repeating: record, count: WriteQueue.groupRows)
        #expect(queue.putBack(records, delay: .seconds(1)) == .startLater(.seconds(1), timer: 2))
        #expect(queue.add(record) == .nothing)
        #expect(queue.timerFired(1) == .nothing)
        #expect(queue.add(waited()) == .start)
        #expect(taken() == WriteQueue.groupRows + 2)
    }

    @Test mutating func anEmptyQueueStillProbes() {
        #expect(taken(probing: true) == 0)
        #expect(taken(continuing: true) == nil)
    }

    @Test mutating func closingTakesWhatIsLeftWithoutDelay() {
        _ = queue.add(record)
        #expect(queue.close() == .start)
        #expect(taken() == 1)
        _ = queue.add(record)
        #expect(taken(continuing: true) == 1)
    }

    // MARK: Helpers

    private var record: WriteOperation { .restartFile(JobNumber(1), FileNumber(1)) }

    private func waited(rows: Int = 1) -> WriteOperation {
        .waited(
            WriteOperation.Waited(isDurable: false, rows: rows, revisions: 1, run: { _ in {} }, fail: { _ in }))
    }

    /// How many operations the next transaction has; nil: none.
    private mutating func taken(continuing: Bool = false, probing: Bool = false) -> Int? {
        guard case .run(let operations, _) = queue.next(continuing: continuing, probing: probing) else { return nil }
        return operations.count
    }
}
