/// The right to one exchange with a store, within the global cap and its job's.
///
/// It is the last thing acquired before the exchange, covers exactly that, and gives itself back in `deinit`:
/// it can be neither copied nor forgotten. The scheduler grants it.
package struct Permit: ~Copyable, Sendable {
    /// When it was granted, in the count of whoever granted it: a store that asks to slow down is understood by which of the
    /// requests it refused.
    package let round: UInt64
    private let giveBack: @Sendable () -> Void

    package init(round: UInt64 = 0, giveBack: @escaping @Sendable () -> Void) {
        self.round = round
        self.giveBack = giveBack
    }

    deinit { giveBack() }
}
