import Model
import Synchronization

/// The parts of one upload that the store has, as they come in from many tasks.
final class PartTally: Sendable {
    private struct State {
        var parts: [PartNumber: CompletedPart]
        /// Of all of them.
        var bytes: Int64
        /// Counted as acknowledged, by this upload and by earlier ones of the file that came to nothing: it never falls,
        /// so a job's fraction does not either.
        var counted: Int64
        var mostAttempts = 1
    }

    private let state: Mutex<State>

    init(kept: [PartNumber: CompletedPart], keptBytes: Int64, counted: Int64) {
        state = Mutex(State(parts: kept, bytes: keptBytes, counted: counted))
    }

    func has(_ number: PartNumber) -> Bool { state.withLock { $0.parts[number] != nil } }

    /// How many of its bytes are to be counted: none that an earlier upload has counted.
    func add(_ part: CompletedPart, bytes: Int64) -> Int64 {
        state.withLock { state in
            state.parts[part.number] = part
            state.bytes += bytes
            let counts = max(0, state.bytes - state.counted)
            state.counted += counts
            return counts
        }
    }

    func note(attempt: Int) { state.withLock { $0.mostAttempts = max($0.mostAttempts, attempt) } }

    /// By number.
    var parts: [CompletedPart] { state.withLock { $0.parts.values.sorted { $0.number < $1.number } } }
    var counted: Int64 { state.withLock { $0.counted } }
    var mostAttempts: Int { state.withLock { $0.mostAttempts } }
}
