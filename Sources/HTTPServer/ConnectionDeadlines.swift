/// What a connection is doing and since when, and the rules that say when that has taken too long.
///
/// All times are milliseconds of `MonotonicTime`. While a handler runs or an answer is sent nothing here counts:
/// libmicrohttpd's own time-out cuts clients that stop reading.
struct ConnectionDeadlines: Equatable {
    enum Activity: Equatable {
        /// Nothing of a request has been seen. `began` is when its first byte was noticed, by `noteBytes`.
        case waiting(began: Int64?)
        /// The request line has come, the rest of the head has not.
        case head
        /// The body comes; so many bytes of it have.
        case body(received: Int)
        /// The request is complete.
        case answering
    }

    private(set) var activity = Activity.waiting(began: nil)
    private(set) var since: Int64
    /// No request has come on this connection yet.
    private(set) var isFresh = true

    init(now: Int64) {
        since = now
    }

    mutating func enter(_ next: Activity, now: Int64) {
        // The head's time began with the first byte of the request line, if that was seen.
        if case .waiting(let began?) = activity, next == .head {
            since = began
        } else {
            since = now
        }
        activity = next
        isFresh = false
    }

    mutating func receive(_ count: Int) {
        if case .body(let received) = activity { activity = .body(received: received + count) }
    }

    /// Bytes have come while the connection waited for a request: one has begun.
    mutating func noteBytes(now: Int64) {
        if activity == .waiting(began: nil) { activity = .waiting(began: now) }
    }

    func isLate(now: Int64, limits: Limits) -> Bool {
        switch activity {
        case .waiting(nil): now - since > limits.idle
        case .waiting(let began?): now - began > limits.head
        case .head: now - since > limits.head
        case .body(let received):
            now - since > limits.bodyGrace
                && Int64(received) < (now - since) * limits.minimumBodyRate / 1000
        case .answering: false
        }
    }

    /// The configuration's deadlines in milliseconds, its rate in bytes per second.
    struct Limits {
        let head: Int64
        let bodyGrace: Int64
        let idle: Int64
        let minimumBodyRate: Int64

        init(_ configuration: ServerConfiguration) {
            head = configuration.headerDeadline.milliseconds
            bodyGrace = configuration.bodyGrace.milliseconds
            idle = configuration.idleTimeout.milliseconds
            minimumBodyRate = Int64(configuration.minimumBodyRate)
        }

        /// How often to look: four times within the shortest deadline, every 10 to 1,000 ms.
        var interval: Int64 {
            max(10, min(1000, min(head, bodyGrace, idle) / 4))
        }
    }
}
