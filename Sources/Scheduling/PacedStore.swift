import HeapModule
import Model

/// A store that has asked to slow down: its rate, and whose turn it is.
struct PacedStore: Sendable {
    /// A job's place in the line.
    private struct Place: Sendable, Comparable {
        var turn: Double
        var job: JobNumber

        static func < (left: Self, right: Self) -> Bool { (left.turn, left.job) < (right.turn, right.job) }
    }

    /// When something may begin at a store, at the earliest: times only grow, so that an old one comes up too early.
    struct Start: Sendable, Comparable {
        var time: Double
        var store: StoreName

        static func < (left: Self, right: Self) -> Bool { left.time < right.time }
    }

    var rate: StoreRate
    /// Whether it stands among the rules' `starts`.
    var isAwaited = false
    /// Jobs whose next request waits for this store, each with its place in `line`.
    private var turns: [JobNumber: Double] = [:]
    private var line: Heap<Place> = []
    /// Where each job's next turn stands, in turns per unit of weight; those that are missing stand at `turn`.
    private var nextTurns: [JobNumber: Double] = [:]
    /// Of the job that went last.
    private var turn = 0.0

    init(rate: StoreRate) { self.rate = rate }

    /// Jobs whose next request waits for this store.
    var blocked: Dictionary<JobNumber, Double>.Keys { turns.keys }

    /// The job's next request waits for this store. The least turn goes next; who comes back after a while has saved no
    /// turns up.
    mutating func block(_ job: JobNumber) {
        guard turns[job] == nil else { return }
        let place = Place(turn: nextTurn(of: job), job: job)
        turns[job] = place.turn
        line.insert(place)
        if line.count > 64 + 4 * turns.count { line = Heap(line.unordered.filter { turns[$0.job] == $0.turn }) }
    }

    /// The job that goes next; it is blocked no more.
    mutating func unblockFirst() -> JobNumber? {
        while let place = line.popMin() {
            guard turns[place.job] == place.turn else { continue }
            turns[place.job] = nil
            return place.job
        }
        return nil
    }

    mutating func start(_ job: JobNumber, weight: Int, now: Double) {
        turn = nextTurn(of: job)
        nextTurns[job] = turn + 1 / Double(weight)
        rate.start(now: now)
    }

    mutating func forget(_ job: JobNumber) {
        turns[job] = nil
        nextTurns[job] = nil
    }

    private func nextTurn(of job: JobNumber) -> Double { max(turn, nextTurns[job] ?? turn) }
}
