import Synchronization

/// Who may call, at present: the settings' tokens and names, which may be replaced, and the tickets that were given.
package final class AccessList: Sendable {
    private struct Guarded {
        var tokens: AccessTokens
        var hosts: HostRule
        var tickets = TicketTable()
    }

    private let guarded: Mutex<Guarded>
    private let now: @Sendable () -> ContinuousClock.Instant

    package init(
        _ tokens: AccessTokens, hosts: HostRule,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
    ) {
        guarded = Mutex(Guarded(tokens: tokens, hosts: hosts))
        self.now = now
    }

    /// From the next call on. Tickets of tokens that are gone are gone.
    package func replace(with tokens: AccessTokens, hosts: HostRule = .any) {
        guarded.withLock { $0 = Guarded(tokens: tokens, hosts: hosts) }
    }

    var hosts: HostRule { guarded.withLock { $0.hosts } }

    /// Who calls; nil when neither field nor ticket opens anything.
    ///
    /// - Parameter redeems: false only looks: the ticket stays good.
    func caller(authorization: String?, ticket: String?, redeems: Bool) -> Caller? {
        // Digests are made outside of the lock.
        let tokens = guarded.withLock { $0.tokens }
        guard let ticket, authorization == nil, !tokens.isOpen else { return tokens.caller(authorization) }
        let time = now()
        return guarded.withLock { guarded in
            redeems ? guarded.tickets.redeem(ticket, at: time) : guarded.tickets.caller(ticket, at: time)
        }
    }

    /// Whether what was opened for the caller may stay open.
    func stillAdmits(_ caller: Caller) -> Bool { guarded.withLock { $0.tokens }.knows(caller) }

    /// A ticket: 256 random bits.
    func ticket(for caller: Caller) -> String {
        var generator = SystemRandomNumberGenerator()
        let text = Base64.urlEncoded((0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
        let time = now()
        guarded.withLock { $0.tickets.add(text, for: caller, at: time) }
        return text
    }
}
