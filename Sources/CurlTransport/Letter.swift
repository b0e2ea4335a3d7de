/// What tasks tell a loop.
enum Letter: Sendable {
    case start(PendingExchange, CheckedContinuation<Outcome, Never>)
    /// May be read before its `start`: the task was cancelled before it had begun to wait.
    case cancel(PendingExchange)
    /// End, and tell this one when all is over, if anybody waits.
    case stop(CheckedContinuation<Void, Never>?)
}

/// How an exchange ends.
typealias Outcome = Result<Reply, TransportError>
