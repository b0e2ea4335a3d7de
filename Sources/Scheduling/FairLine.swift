import HeapModule

/// Who comes next of several who share by weight: those who have something in flight by their shares, those who have not by
/// their turns.
///
/// Shares say nothing to one that may hold half a slot: it has none or one. So those with nothing in flight stand in line. A
/// turn comes 1/weight after the last one, by a clock that each grant moves by 1/(all weights that compete):
///
///     1 permit, weights 9 and 1:  turns of the first every 1/9, grants move the clock by 1/10: 9 of 10 grants are its own
///     64 permits, 1,000 of weight 5:  a turn comes once in 1,000 grants
///
/// Before its turn one still goes when whoever else could go has more in flight per unit of weight than it would have: who
/// sends one small file after another waits for no one.
///
/// Entries are never taken out of the middle: each carries its standing's version, and stale ones are passed over.
struct FairLine<Member: Comparable & Sendable>: Sendable {
    struct Candidate: Sendable, Comparable {
        /// Its share, or its turn.
        var rank: Double
        var member: Member
        var version: UInt64

        static func < (left: Self, right: Self) -> Bool {
            left.rank != right.rank ? left.rank < right.rank : left.member < right.member
        }
    }

    /// Those that have something in flight and could have more, by their shares.
    private var candidates: Heap<Candidate> = []
    /// Those that could go and have nothing in flight, by their turns.
    private var line: Heap<Candidate> = []
    /// Moves by one while each unit of weight that competes gets one permit.
    private var clock = 0.0
    /// The weights of all that have a permit or want one.
    private(set) var competing = 0

    /// Perhaps of stale entries alone.
    var isEmpty: Bool { candidates.isEmpty && line.isEmpty }

    mutating func offer(_ member: Member, _ standing: Standing) {
        if standing.inFlight == 0 {
            line.insert(Candidate(rank: standing.turn, member: member, version: standing.version))
        } else {
            candidates.insert(Candidate(rank: standing.share, member: member, version: standing.version))
        }
    }

    /// Makes the heaps anew when most of their entries are stale.
    mutating func trim(members: Int, _ standing: (Member) -> Standing?) {
        let most = 64 + 4 * members
        if candidates.count > most { candidates = Heap(candidates.unordered.filter { isTrue($0, standing) }) }
        if line.count > most { line = Heap(line.unordered.filter { isTrue($0, standing) }) }
    }

    /// Who comes next, taken out of the line.
    mutating func pop(_ standing: (Member) -> Standing?) -> Candidate? {
        while let first = line.min, !isTrue(first, standing) { line.removeMin() }
        while let first = candidates.min, !isTrue(first, standing) { candidates.removeMin() }
        guard let first = line.min, let weight = standing(first.member)?.weight else { return candidates.popMin() }
        if let other = candidates.min, first.rank > clock, other.rank * Double(weight) < 1 {
            return candidates.popMin()
        }
        if candidates.isEmpty { clock = max(clock, first.rank) }
        return line.popMin()
    }

    /// Whether the entry is its member's newest.
    private func isTrue(_ candidate: Candidate, _ standing: (Member) -> Standing?) -> Bool {
        standing(candidate.member)?.version == candidate.version
    }

    /// One more is in flight.
    mutating func take(_ standing: inout Standing) {
        if standing.inFlight == 0 { setNextTurn(&standing) }
        standing.inFlight += 1
        count(&standing, competes: true)
        clock += 1 / Double(competing)
        standing.fraction += 0.618_033_988_749_894_9
        if standing.fraction >= 1 { standing.fraction -= 1 }
    }

    /// Sets the next one. Up to one turn that came late is made up for.
    private func setNextTurn(_ standing: inout Standing) {
        let turn = 1 / Double(standing.weight)
        standing.turn = min(max(standing.turn, clock - turn), clock) + turn
    }

    /// Keeps the sum of the weights that compete. Who comes back after a while has saved no turns up.
    mutating func count(_ standing: inout Standing, competes: Bool) {
        if competes, standing.competing == 0 { standing.turn = max(standing.turn, clock) }
        let weight = competes ? standing.weight : 0
        competing += weight - standing.competing
        standing.competing = weight
    }

    mutating func forget(_ standing: Standing) { competing -= standing.competing }
}
