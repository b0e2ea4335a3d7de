package import Metrics
internal import Model

extension JobStore: MetricSource {
    /// From memory alone: a million jobs cost as much as one.
    package func write(to exposition: inout Exposition) {
        let statistics = statistics
        // Empty until all jobs that an earlier process left are counted, which takes seconds at most.
        exposition.gauge(
            "longshore_jobs", "Jobs by kind and state, ended ones for as long as they are kept."
        ) { family in
            guard let jobs = statistics.jobs else { return }
            for kind in JobSpec.Kind.allCases {
                for state in JobState.allCases {
                    family.add([("kind", kind.rawValue), ("state", state.rawValue)], jobs[kind, state])
                }
            }
        }
        exposition.gauge(
            "longshore_open_multipart_uploads",
            "Multipart uploads that may exist at a store, possible orphans included.", statistics.openIntentions)
        exposition.gauge(
            "longshore_possible_orphan_uploads",
            "Multipart uploads that may be ours and are left to a person: a job's open_uploads names them.",
            statistics.possibleOrphans)
        writer.figures.write(to: &exposition)
        exposition.counter(
            "longshore_commit_operations_total", "What was committed; many share a transaction.", statistics.operations)
        exposition.counter(
            "longshore_commit_refusals_total", "Transactions that the disk refused; each is tried again.",
            statistics.refusals)
        exposition.gauge(
            "longshore_commit_waiting_operations", "What waits for its transaction now.", statistics.waiting)
        exposition.gauge(
            "longshore_state_writable", "1 while the disk of the state directory takes transactions, else 0.",
            isWritable ? 1 : 0)
    }
}
