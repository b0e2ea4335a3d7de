/// What the writer has done since the store was opened.
package struct StorageStatistics: Sendable {
    package var commits = 0
    /// Of these, the commits that waited for the disk (fsync).
    package var durableCommits = 0
    /// Operations that were committed; many share a commit.
    package var operations = 0
    /// Records that no table would take. Each is our bug; `flush` throws the first.
    package var rejected = 0
    /// Transactions that the disk refused and that are tried again.
    package var refusals = 0
    /// Operations that wait for a commit at present, those included that wait for room.
    package var waiting = 0
    /// Multipart uploads that may exist at a store.
    package var openIntentions = 0
    /// Of these, those that are left to a person.
    package var possibleOrphans = 0

    /// Messages to webhooks that are still to be delivered.
    package var pendingDeliveries = 0
    /// Nil until all that an earlier process left are counted.
    package var jobs: JobTally?

    package init() {}
}
