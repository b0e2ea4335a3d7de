package import Model

/// A delivery whose time has come, with all that sending it takes.
package struct DueDelivery: Sendable {
    package var number: Int64
    package var id: String
    package var jobID: JobID
    package var event: String
    package var url: String
    /// The receiver: those of one receiver are sent a few at a time.
    package var origin: String
    package var body: [UInt8]
    /// Attempts in vain of this round.
    package var tries: Int
    package var traceParent: TraceParent?
}

/// What is due, and when more will be.
package struct DueDeliveries: Sendable {
    package var deliveries: [DueDelivery] = []
    package var next: Timestamp?
}

/// What came of one attempt.
package struct DeliveryAttempt: Sendable {
    package var number: Int64
    package var state: Delivery.State
    package var status: Int?
    package var error: String?
    /// Nil unless it is still pending.
    package var nextAttemptTime: Timestamp?
    package var time: Timestamp

    package init(
        number: Int64, state: Delivery.State, status: Int?, error: String?, nextAttemptTime: Timestamp?, time: Timestamp
    ) {
        self.number = number
        self.state = state
        self.status = status
        self.error = error
        self.nextAttemptTime = nextAttemptTime
        self.time = time
    }
}
