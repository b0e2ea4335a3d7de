package import Model

/// How many jobs there are of each kind in each state. Kept by the writer, so that nobody counts a million rows.
package struct JobTally: Sendable {
    private static let states = JobState.allCases
    private static let kinds = JobSpec.Kind.allCases

    private var counts = InlineArray<27, Int>(repeating: 0)

    init() { precondition(counts.count == Self.states.count * Self.kinds.count, "a tally of another size") }

    package subscript(kind: JobSpec.Kind, state: JobState) -> Int { counts[Self.index(kind, state)] }

    mutating func add(_ count: Int, _ kind: JobSpec.Kind, _ state: JobState) {
        counts[Self.index(kind, state)] += count
    }

    private static func index(_ kind: JobSpec.Kind, _ state: JobState) -> Int {
        let column =
            switch kind {
            case .upload: 0
            case .download: 1
            case .copy: 2
            }
        let row =
            switch state {
            case .queued: 0
            case .running: 1
            case .pausing: 2
            case .paused: 3
            case .cancelling: 4
            case .succeeded: 5
            case .partiallySucceeded: 6
            case .failed: 7
            case .cancelled: 8
            }
        return row * kinds.count + column
    }
}
