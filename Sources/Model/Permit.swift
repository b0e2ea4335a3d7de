/// The right to one exchange with a store, within the global cap and its job's.
///
/// It is the last thing acquired before the exchange, covers exactly that, and gives itself back in `deinit`:
/// it can be neither copied nor forgotten. The scheduler grants it.
package struct Permit: ~Copyable, Sendable {
    private let giveBack: @Sendable () -> Void

    package init(giveBack: @escaping @Sendable () -> Void) { self.giveBack = giveBack }

    deinit { giveBack() }
}
