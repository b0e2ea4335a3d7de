internal import Synchronization

/// How many there are of something now: raised and lowered from any thread.
package struct Level: ~Copyable, Sendable {
    private let count = Atomic<Int>(0)

    package init() {}

    package func raise() { count.wrappingAdd(1, ordering: .relaxed) }
    package func lower() { count.wrappingSubtract(1, ordering: .relaxed) }

    package var value: Int { count.load(ordering: .relaxed) }
}
