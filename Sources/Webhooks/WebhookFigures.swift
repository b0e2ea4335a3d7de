internal import Metrics

/// What attempts came to since the process began.
final class WebhookFigures: Sendable {
    let delivered = Counter()
    /// To be tried again.
    let retried = Counter()
    /// The last of the schedule.
    let failed = Counter()
    let disabled = Counter()
    let duration = Histogram(.exchanges)
    let inFlight = Level()

    func write(to exposition: inout Exposition, pending: Int) {
        exposition.counter(
            "longshore_webhook_deliveries_total", "Attempts to deliver a message to a webhook, by what came of them."
        ) { family in
            family.add([("result", "delivered")], delivered.value)
            family.add([("result", "retry")], retried.value)
            family.add([("result", "failed")], failed.value)
            family.add([("result", "disabled")], disabled.value)
        }
        exposition.histogram(
            "longshore_webhook_duration_seconds", "How long attempts took, those without a reply included."
        ) { $0.add([], duration) }
        exposition.gauge("longshore_webhook_in_flight", "Messages that are being sent now.", inFlight.value)
        exposition.gauge("longshore_webhook_outbox", "Messages that are still to be delivered.", pending)
    }
}
