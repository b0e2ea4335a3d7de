import CurlTransport
import Model

/// How long a store asks to wait.
enum RetryAfter {
    /// Nobody can make a transfer wait for longer.
    static let longest: Duration = .seconds(300)

    /// `x-amz-retry-after` counts milliseconds. `Retry-After` is seconds or a date (RFC 9110, section 10.2.3), which is taken
    /// by the clock of the reply's own `Date`: the store's need not be ours.
    static func read(_ headers: ReplyHeaders) -> Duration? {
        if let milliseconds = number(headers["x-amz-retry-after"]) { return min(.milliseconds(milliseconds), longest) }
        guard let text = headers["retry-after"] else { return nil }
        if let seconds = number(text) { return min(.seconds(seconds), longest) }
        guard let then = Timestamp(httpDate: text), let now = headers["date"].flatMap({ Timestamp(httpDate: $0) })
        else { return nil }
        return min(max(.zero, .microseconds(then.microseconds - now.microseconds)), longest)
    }

    private static func number(_ text: String?) -> Int64? {
        guard let text, let number = Int64(text), number >= 0 else { return nil }
        return min(number, 1_000_000_000)
    }
}
