import Model
import Synchronization

/// The parts of one upload that the store has, as they come in from many tasks.
final class PartTally: Sendable {
    private struct State {
        var parts: [PartNumber: CompletedPart]
        /// Of all of them.
        var bytes: Int64
        /// The most that the store has ever had of the file, by this upload or an earlier one that came to nothing: it
        /// never falls, so a job's fraction does not either.
        var reached: Int64
        var mostAttempts = 1
    }

    /// How a part changes a job's totals.
    struct Share {
        /// Bytes that were not acknowledged before.
        var counts: Int64
        /// Bytes that an earlier upload had brought already.
        var resent: Int64
    }

    /// In bytes: what the job's total holds for the file. A file that has grown since it was scanned counts for no more
    /// until it has ended, or the job's totals would not add up.
    private let limit: Int64
    private let state: Mutex<State>

    /// - Parameter reached: in bytes, of this upload and of earlier ones.
    init(kept: [PartNumber: CompletedPart], keptBytes: Int64, reached: Int64, limit: Int64) {
        self.limit = limit
        state = Mutex(State(parts: kept, bytes: keptBytes, reached: max(reached, keptBytes)))
    }

    func has(_ number: PartNumber) -> Bool { state.withLock { $0.parts[number] != nil } }

    func add(_ part: CompletedPart, bytes: Int64) -> Share {
        state.withLock { state in
            let before = state.reached
            state.parts[part.number] = part
            state.bytes += bytes
            state.reached = max(before, state.bytes)
            return Share(
                counts: min(state.reached, limit) - min(before, limit), resent: bytes - (state.reached - before))
        }
    }

    func note(attempt: Int) { state.withLock { $0.mostAttempts = max($0.mostAttempts, attempt) } }

    /// By number.
    var parts: [CompletedPart] { state.withLock { $0.parts.values.sorted { $0.number < $1.number } } }
    /// In bytes: what the job's totals hold of the file as acknowledged.
    var counted: Int64 { state.withLock { min($0.reached, limit) } }
    var mostAttempts: Int { state.withLock { $0.mostAttempts } }
}
