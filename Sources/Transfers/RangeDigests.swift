import Checksums
import Model
import Synchronization

/// The checksums of an object's ranges, as they come in from many tasks: at most 10,000.
final class RangeDigests: Sendable {
    private let found: Mutex<[PartNumber: Digests]>

    init(_ kept: [PartNumber: Digests]) { found = Mutex(kept) }

    func add(_ digests: Digests, _ number: PartNumber) { found.withLock { $0[number] = digests } }

    /// All of them.
    func inOrder(of plan: PartPlan) -> [Digests] {
        found.withLock { found in
            (1...plan.count).map { number in
                guard let digests = found[PartNumber(number)] else {
                    preconditionFailure("range \(number) of \(plan.count) has not arrived")
                }
                return digests
            }
        }
    }
}
