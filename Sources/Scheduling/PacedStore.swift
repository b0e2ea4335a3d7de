import Model

/// A store that has asked to slow down: its rate, and whose turn it is.
struct PacedStore: Sendable {
    var rate: StoreRate
    /// Jobs whose next request waits for this store.
    var blocked: Set<JobNumber> = []
    /// Where each job's next turn stands, in turns per unit of weight; those that are missing stand at `turn`.
    private var nextTurns: [JobNumber: Double] = [:]
    /// Of the job that went last.
    private var turn = 0.0

    init(rate: StoreRate) { self.rate = rate }

    /// The least goes next. Who comes back after a while has saved no turns up.
    func nextTurn(of job: JobNumber) -> Double { max(turn, nextTurns[job] ?? turn) }

    mutating func start(_ job: JobNumber, weight: Int, now: Double) {
        turn = nextTurn(of: job)
        nextTurns[job] = turn + 1 / Double(weight)
        rate.start(now: now)
    }

    mutating func forget(_ job: JobNumber) {
        blocked.remove(job)
        nextTurns[job] = nil
    }
}
