import CurlTransport
import Model

/// What an attempt came to (Standard Webhooks 1.0.0, "Delivery success and failure").
enum DeliveryVerdict: Sendable, Equatable {
    case delivered(status: Int)
    /// 410: the receiver wants no more.
    case gone
    /// To be tried again; `after`: at the earliest, as the receiver asked.
    case failed(status: Int?, error: String, after: Duration?)
    /// Cut by us: it does not count.
    case cut

    init(_ reply: Reply) {
        switch reply.status {
        case 200..<300: self = .delivered(status: reply.status)
        case 410: self = .gone
        case 300..<400:
            self = .failed(status: reply.status, error: "the receiver redirects, which is not followed", after: nil)
        default:
            self = .failed(
                status: reply.status, error: "the receiver answered \(reply.status)",
                after: Self.retryAfter(reply.headers))
        }
    }

    init(_ error: TransportError) {
        switch error.code {
        case .cancelled, .stopped: self = .cut
        case .refusedAddress:
            self = .failed(status: nil, error: "the host has no address that webhooks may be sent to", after: nil)
        default: self = .failed(status: nil, error: error.message, after: nil)
        }
    }

    /// `Retry-After` in seconds; as a date it is rare, and taken by the schedule.
    private static func retryAfter(_ headers: ReplyHeaders) -> Duration? {
        guard let text = headers["retry-after"], let seconds = Int64(text), seconds >= 0 else { return nil }
        return min(.seconds(min(seconds, 1_000_000)), RetrySchedule.longestWish)
    }
}
