package import Model

/// Stored changes as they go over the wire.
package struct EncodedBatch: Sendable {
    package var bytes: [UInt8] = []
    /// Of the last event in `bytes`.
    package var lastID: Revision?
    /// A reader goes on behind this revision.
    package var reached: Revision
    package var hasMore = false
    /// The job's stream is over behind these bytes.
    package var ends = false
}
