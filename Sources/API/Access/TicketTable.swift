/// Tickets in place of a token, for those who can't send one: a browser's EventSource takes no header field.
///
/// A ticket stands for its caller once, for a short time. A caller who asks for more than it may have loses its oldest, so
/// nobody can push out another's.
package struct TicketTable: Sendable {
    package static let lifetime: Duration = .seconds(30)
    package static let mostOfOneCaller = 256

    private struct Ticket: Sendable {
        let caller: Caller
        let endsAt: ContinuousClock.Instant
    }

    private var tickets: [String: Ticket] = [:]
    /// Of each caller, oldest first; some may be over or used.
    private var order: [Caller: [String]] = [:]

    package init() {}

    package var count: Int { tickets.count }

    /// - Parameter text: not to be guessed, and new.
    package mutating func add(_ text: String, for caller: Caller, at now: ContinuousClock.Instant) {
        var own = (order[caller] ?? []).filter { text in
            guard let ticket = tickets[text] else { return false }
            if ticket.endsAt <= now { tickets[text] = nil }
            return ticket.endsAt > now
        }
        while own.count >= Self.mostOfOneCaller { tickets[own.removeFirst()] = nil }
        own.append(text)
        order[caller] = own
        tickets[text] = Ticket(caller: caller, endsAt: now + Self.lifetime)
    }

    /// Whom it stands for, without using it up.
    package func caller(_ text: String, at now: ContinuousClock.Instant) -> Caller? {
        guard let ticket = tickets[text], ticket.endsAt > now else { return nil }
        return ticket.caller
    }

    /// Whom it stands for, this once.
    package mutating func redeem(_ text: String, at now: ContinuousClock.Instant) -> Caller? {
        guard let ticket = tickets.removeValue(forKey: text), ticket.endsAt > now else { return nil }
        return ticket.caller
    }
}
