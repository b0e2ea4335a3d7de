internal import GRDB
internal import Model

/// Counting the jobs that an earlier process left, some at a time and between other transactions, so that neither the
/// start nor anybody's commit waits for it.
///
/// Exact at every moment: jobs up to `WriterState.talliedUpTo` are in the tally and their changes are applied to it;
/// those behind it are counted as they stand when their turn comes.
extension WriteBatch {
    /// About 15 ms.
    static let talliedRows: Int64 = 20_000

    func tallyMore() throws { if try !Self.tally(database, into: &state) { followUp(.tally) } }

    /// The next rows. Returns whether these were the last.
    static func tally(_ database: Database, into state: inout WriterState) throws -> Bool {
        guard state.talliedUpTo < Int64.max else { return true }
        let last = try PreparedStatement(database, "SELECT max(number) FROM job").first { $0.optionalInteger(0) } ?? 0
        let from = state.talliedUpTo
        let statement = try PreparedStatement(
            database,
            """
            SELECT kind, state, count(*) FROM job NOT INDEXED \
            WHERE number > ? AND number <= ? AND state <> 'deleted' GROUP BY kind, state
            """)
        statement.bind(from, at: 1)
        statement.bind(from + talliedRows, at: 2)
        for (kind, jobState, count) in try statement.all({ ($0.text(0), $0.text(1), Int($0.integer(2))) }) {
            guard let kind = JobSpec.Kind(rawValue: kind), let jobState = JobState(rawValue: jobState) else { continue }
            state.jobs.add(count, kind, jobState)
        }
        let isLast = from + talliedRows >= last ?? 0
        state.talliedUpTo = isLast ? .max : from + talliedRows
        return isLast
    }

    /// A job's state changes: nil where it comes from none, or goes to none.
    func tally(_ job: JobNumber, _ kind: JobSpec.Kind, from: JobState?, to: JobState?) {
        guard job.rawValue <= state.talliedUpTo else { return }
        if let from { state.jobs.add(-1, kind, from) }
        if let to { state.jobs.add(1, kind, to) }
    }
}
