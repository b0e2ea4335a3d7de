/// A message of a job to its webhook, and how it fares.
package struct Delivery: Sendable, Hashable {
    package enum State: String, Sendable, CaseIterable {
        /// Not sent yet, or sent in vain and to be sent again.
        case pending
        case delivered
        /// The last attempt of the schedule was in vain.
        case failed
        /// The receiver has said that it wants no more of this job (410 Gone).
        case disabled
    }

    /// Its row: small, dense, never shown.
    package var number: Int64
    /// `webhook-id`: the same for every attempt, and for replays.
    package var id: String
    package var event: String
    package var url: String
    package var state: State
    /// Of all rounds: a replay begins another one.
    package var attempts: Int
    /// HTTP, of the last attempt; nil when it brought no reply.
    package var lastStatus: Int?
    package var lastError: String?
    package var createTime: Timestamp
    package var lastAttemptTime: Timestamp?
    /// When it is sent next, at the earliest; nil once it has ended.
    package var nextAttemptTime: Timestamp?

    package init(
        number: Int64, id: String, event: String, url: String, state: State, attempts: Int, lastStatus: Int?,
        lastError: String?, createTime: Timestamp, lastAttemptTime: Timestamp?, nextAttemptTime: Timestamp?
    ) {
        self.number = number
        self.id = id
        self.event = event
        self.url = url
        self.state = state
        self.attempts = attempts
        self.lastStatus = lastStatus
        self.lastError = lastError
        self.createTime = createTime
        self.lastAttemptTime = lastAttemptTime
        self.nextAttemptTime = nextAttemptTime
    }
}
