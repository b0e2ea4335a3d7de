import HeapModule

/// Whose turn it is among several of whom nearly none has anything in flight: turns are shared out by weight (start-time fair
/// queueing; Goyal, Vin and Cheng, 1996).
struct TurnLine<Member: Hashable & Comparable & Sendable>: Sendable {
    private struct Place: Sendable, Comparable {
        var turn: Double
        var member: Member

        static func < (left: Self, right: Self) -> Bool { (left.turn, left.member) < (right.turn, right.member) }
    }

    /// Those that wait, each with its place in `line`.
    private var turns: [Member: Double] = [:]
    private var line: Heap<Place> = []
    /// Where each one's next turn stands, in turns per unit of weight; those that are missing stand at `turn`.
    private var nextTurns: [Member: Double] = [:]
    /// Of the one that went last.
    private var turn = 0.0

    var isEmpty: Bool { turns.isEmpty }
    var waiting: Dictionary<Member, Double>.Keys { turns.keys }

    /// It waits from now on. The least turn goes next; who comes back after a while has saved no turns up.
    mutating func add(_ member: Member) {
        if turns[member] == nil { place(member) }
    }

    private mutating func place(_ member: Member) {
        let place = Place(turn: nextTurn(of: member), member: member)
        turns[member] = place.turn
        line.insert(place)
        if line.count > 64 + 4 * turns.count { line = Heap(line.unordered.filter { turns[$0.member] == $0.turn }) }
    }

    /// Who goes next; it waits no more.
    mutating func popFirst() -> Member? {
        while let place = line.popMin() {
            guard turns[place.member] == place.turn else { continue }
            turns[place.member] = nil
            return place.member
        }
        return nil
    }

    /// It goes.
    mutating func start(_ member: Member, weight: Int) {
        turn = nextTurn(of: member)
        nextTurns[member] = turn + 1 / Double(weight)
    }

    /// Its turn comes later than it was to, if it waits.
    mutating func putBack(_ member: Member) {
        if turns[member] != nil { place(member) }
    }

    /// It waits no more.
    mutating func remove(_ member: Member) { turns[member] = nil }

    mutating func forget(_ member: Member) {
        turns[member] = nil
        nextTurns[member] = nil
    }

    private func nextTurn(of member: Member) -> Double { max(turn, nextTurns[member] ?? turn) }
}
