internal import Model

/// One thing for the writer to do, in the order in which it was asked for.
enum WriteOperation: Sendable {
    // Records: nobody waits for them, and they are never dropped.
    case file(FileOutcome)
    case part(PartOutcome)
    case closeIntention(Intention)
    case restartFile(JobNumber, FileNumber)
    /// Removes some of what a deleted job left, and asks for itself again until nothing is left.
    case sweep(JobNumber)
    /// The same for the paths that a scan need no longer know.
    case forgetPaths(JobNumber)
    /// Counts some of the jobs that an earlier process left, and asks for itself again until all are counted.
    case tally

    /// Somebody waits for the commit.
    case waited(Waited)

    struct Waited: Sendable {
        /// Whether the commit must be on the disk (fsync) before the waiter goes on.
        let isDurable: Bool
        /// Rows that it writes, about: what a transaction's size is counted in.
        let rows: Int
        /// Revisions that it takes, at most.
        let revisions: Int
        /// Does it, inside the transaction, and returns what tells the waiter after the commit. May run again after a
        /// rollback.
        let run: @Sendable (WriteBatch) throws -> @Sendable () -> Void
        let fail: @Sendable (StorageError) -> Void
    }

    var isDurable: Bool {
        if case .waited(let waited) = self { waited.isDurable } else { false }
    }

    /// Whether the writer should begin at once.
    var isWaitedFor: Bool {
        if case .waited = self { true } else { false }
    }

    var rows: Int {
        switch self {
        case .file, .part, .closeIntention, .restartFile: 1
        case .sweep, .forgetPaths, .tally: WriteBatch.sweepRows
        case .waited(let waited): waited.rows
        }
    }

    var revisions: Int {
        if case .waited(let waited) = self { waited.revisions } else { 2 }
    }
}
