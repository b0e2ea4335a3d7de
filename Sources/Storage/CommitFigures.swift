internal import Metrics

/// How long the writer's transactions took, from their begin to their commit.
final class CommitFigures: Sendable {
    private let durable = Histogram(.commits)
    private let batched = Histogram(.commits)

    func note(_ duration: Duration, durable isDurable: Bool) {
        if isDurable { durable.observe(duration) } else { batched.observe(duration) }
    }

    func write(to exposition: inout Exposition) {
        exposition.histogram(
            "longshore_commit_duration_seconds",
            "Transactions of the state, those that waited for the disk (durable) apart from the others."
        ) { family in
            family.add([("durable", "true")], durable)
            family.add([("durable", "false")], batched)
        }
    }
}
