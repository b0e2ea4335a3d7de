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
        /// Of parts that were there before this run and stayed.
        var reused: Int64
        /// Parts that have a record.
        var recorded: Set<PartNumber>
        var hedged: Set<PartNumber> = []
        var mostAttempts = 1
    }

    /// How a part changes a job's totals.
    struct Share {
        /// Bytes that were not acknowledged before.
        var counts: Int64
        /// Bytes that an earlier upload had brought already.
        var resent: Int64
        /// Whether the part has had no record.
        var isNew: Bool
    }

    /// In bytes: what the job's total holds for the file. A file that has grown since it was scanned counts for no more
    /// until it has ended, or the job's totals would not add up.
    private let limit: Int64
    private let state: Mutex<State>

    /// - Parameters:
    ///   - recorded: parts of this upload that earlier runs recorded, whether the store still has them or not.
    ///   - reached: in bytes, of this upload and of earlier ones.
    init(kept: KeptParts = KeptParts(), recorded: Set<PartNumber> = [], reached: Int64, limit: Int64) {
        self.limit = limit
        state = Mutex(
            State(
                parts: kept.parts, bytes: kept.bytes, reached: max(reached, kept.bytes), reused: kept.bytes,
                recorded: recorded))
    }

    func has(_ number: PartNumber) -> Bool { state.withLock { $0.parts[number] != nil } }

    /// - Parameter isReused: the part was at the store already, and was not sent by this run.
    func add(_ part: CompletedPart, bytes: Int64, isReused: Bool = false) -> Share {
        state.withLock { state in
            let before = state.reached
            state.parts[part.number] = part
            state.bytes += bytes
            state.reached = max(before, state.bytes)
            if isReused { state.reused += bytes }
            return Share(
                counts: min(state.reached, limit) - min(before, limit),
                resent: isReused ? 0 : bytes - (state.reached - before),
                isNew: state.recorded.insert(part.number).inserted)
        }
    }

    /// The store has the same bytes under another ETag.
    func rename(_ part: CompletedPart) { state.withLock { $0.parts[part.number] = part } }

    /// The store has something else: the part is to be sent again.
    func drop(_ number: PartNumber, bytes: Int64) {
        state.withLock { state in
            if state.parts.removeValue(forKey: number) != nil { state.bytes -= bytes }
        }
    }

    func note(attempt: Int) { state.withLock { $0.mostAttempts = max($0.mostAttempts, attempt) } }

    /// Two requests have sent the part, and either may have been stored last.
    func noteHedged(_ number: PartNumber) { _ = state.withLock { $0.hedged.insert(number) } }

    /// By number.
    var parts: [CompletedPart] { state.withLock { $0.parts.values.sorted { $0.number < $1.number } } }
    var hedged: Set<PartNumber> { state.withLock { $0.hedged } }
    /// In bytes.
    var reached: Int64 { state.withLock { $0.reached } }
    var reused: Int64 { state.withLock { $0.reused } }
    /// In bytes: what the job's totals hold of the file as acknowledged.
    var counted: Int64 { state.withLock { min($0.reached, limit) } }
    var mostAttempts: Int { state.withLock { $0.mostAttempts } }
}
