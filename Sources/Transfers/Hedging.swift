import Synchronization

/// What is known of how long parts take at one store, over all jobs. Any thread may call.
final class Hedging: Sendable {
    private let rules = Mutex<[Int: HedgeRule]>([:])

    func ended(bytes: Int64, after duration: Duration) {
        rules.withLock { $0[Self.sizeClass(bytes), default: HedgeRule()].ended(after: duration / .seconds(1)) }
    }

    /// How long a request of so many bytes may take before a second one is sent; nil: none is.
    func patience(bytes: Int64) -> Duration? {
        rules.withLock { $0[Self.sizeClass(bytes)]?.patience }.map { .seconds($0) }
    }

    func takeHedge(bytes: Int64) -> Bool {
        rules.withLock { $0[Self.sizeClass(bytes), default: HedgeRule()].takeHedge() }
    }

    func giveBackHedge(bytes: Int64) {
        rules.withLock { $0[Self.sizeClass(bytes), default: HedgeRule()].giveBackHedge() }
    }

    /// Sizes within a factor of two take times that can be compared.
    private static func sizeClass(_ bytes: Int64) -> Int { Int64.bitWidth - bytes.leadingZeroBitCount }
}
