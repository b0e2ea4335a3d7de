/// When a message that was sent in vain is sent again. Pure: the dice are the caller's.
package struct RetrySchedule: Sendable, Hashable {
    /// The example of Standard Webhooks 1.0.0 up to its seventh wait: 31 and a half hours in all.
    package static let standard: [Duration] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400].map { .seconds($0) }
    /// Nobody can put a message off for longer.
    static let longestWish = Duration.seconds(86_400)
    /// Each wait is longer by up to this share of it.
    static let jitter = 0.1

    private let waits: [Duration]

    package init(_ waits: [Duration] = RetrySchedule.standard) { self.waits = waits }

    /// The wait before the next attempt; nil when there is none any more.
    ///
    /// - Parameters:
    ///   - tries: attempts in vain, this one included.
    ///   - after: what the receiver asked for.
    ///   - chance: 0 to 1, drawn evenly.
    func wait(afterTries tries: Int, asked after: Duration?, chance: Double) -> Duration? {
        guard tries >= 1, tries <= waits.count else { return nil }
        let wait = waits[tries - 1]
        return max(wait + wait * (Self.jitter * chance), min(after ?? .zero, Self.longestWish))
    }
}
