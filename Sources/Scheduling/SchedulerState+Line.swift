import HeapModule
import Model

/// Who comes next, of those who have something in flight and those who have not.
///
/// Shares say nothing to a job that may hold half a slot: it has none or one. So jobs with nothing in flight stand in line.
/// A job's turn comes 1/weight after its last one, by a clock that each grant moves by 1/(all weights that compete):
///
///     1 permit, weights 9 and 1:  turns of the first every 1/9, grants move the clock by 1/10: 9 of 10 grants are its own
///     64 permits, 1,000 jobs of weight 5:  a job's turn comes once in 1,000 grants
///
/// Before its turn a job still goes when whoever else could go has more in flight per unit of weight than it would have:
/// who sends one small file after another waits for no one.
extension SchedulerState {
    mutating func nextCandidate() -> Candidate? {
        if isPacing, candidates.isEmpty, line.isEmpty { offerBlocked() }
        while let first = line.min, !isTrue(first) { line.removeMin() }
        while let first = candidates.min, !isTrue(first) { candidates.removeMin() }
        guard let first = line.min, let weight = jobs[first.job]?.weight else { return candidates.popMin() }
        if let other = candidates.min, first.rank > clock, other.rank * Double(weight) < 1 {
            return candidates.popMin()
        }
        if candidates.isEmpty { clock = max(clock, first.rank) }
        return line.popMin()
    }

    /// Whether the entry is the job's newest.
    func isTrue(_ candidate: Candidate) -> Bool { jobs[candidate.job]?.version == candidate.version }

    /// Sets the next one. Up to one turn that came late is made up for.
    func setNextTurn(_ entry: inout JobEntry) {
        let turn = 1 / Double(entry.weight)
        entry.turn = min(max(entry.turn, clock - turn), clock) + turn
    }

    /// Keeps the sum of the weights that compete. Who comes back after a while has saved no turns up.
    mutating func count(_ entry: inout JobEntry) {
        let competes = entry.inFlight > 0 || entry.next != nil && !entry.isHeld
        if competes, entry.competing == 0 { entry.turn = max(entry.turn, clock) }
        let weight = competes ? entry.weight : 0
        competing += weight - entry.competing
        entry.competing = weight
    }

    mutating func forget(_ job: JobNumber, _ entry: JobEntry) {
        competing -= entry.competing
        jobs[job] = nil
    }
}
