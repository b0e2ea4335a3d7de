package import Model

extension JSONWriter {
    /// A row of a job's deliveries.
    package mutating func delivery(_ delivery: Delivery) {
        object { writer in
            writer.field("id", delivery.id)
            writer.field("event", delivery.event)
            writer.field("url", delivery.url)
            writer.field("state", delivery.state.rawValue)
            writer.field("attempts", delivery.attempts)
            writer.field("last_status", delivery.lastStatus.map(Int64.init))
            writer.field("last_error", delivery.lastError)
            writer.field("create_time", delivery.createTime)
            writer.field("last_attempt_time", delivery.lastAttemptTime)
            writer.field("next_attempt_time", delivery.nextAttemptTime)
        }
    }
}
