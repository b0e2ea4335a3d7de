internal import Foundation
internal import GRDB

/// Keeps SQLite's log from growing without bound.
///
/// SQLite checkpoints by itself every `pagesPerCheckpoint` pages, but starts the log anew only when no reader is in it;
/// readers that overlap without a pause would let it grow for ever. Beyond `limitInBytes` the writer therefore waits
/// for them once (sqlite.org, "Write-Ahead Logging", Avoiding Excessively Large WAL Files).
struct WriteAheadLog {
    static let pagesPerCheckpoint = 4_000
    static let limitInBytes = 64 << 20
    private static let rowsBetweenLooks = 20_000

    private let path: String
    private var rows = 0

    init(path: String) { self.path = path + "-wal" }

    /// On the writer queue, outside a transaction. That a reader is in the way is no error: the next look comes soon.
    mutating func checkpointWhenLarge(_ database: Database, rows written: Int) {
        rows += written
        guard rows >= Self.rowsBetweenLooks else { return }
        rows = 0
        let size = (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
        guard size > Self.limitInBytes else { return }
        _ = try? database.checkpoint(.truncate)
    }
}
