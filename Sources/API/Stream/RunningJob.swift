import Model
import Scheduling

/// A job that moves something now, with its events from memory, encoded.
struct RunningJob: Sendable {
    let number: JobNumber
    let live: LiveState
    /// For the text stream alone.
    let liveParts: [LivePart]
    let progress: [UInt8]
    let parts: [UInt8]
}
