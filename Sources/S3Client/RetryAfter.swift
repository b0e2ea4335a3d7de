import CurlTransport

/// How long a store asks to wait.
enum RetryAfter {
    /// Nobody can make a transfer wait for longer.
    static let longest: Duration = .seconds(300)

    /// `x-amz-retry-after` counts milliseconds, `Retry-After` seconds (RFC 9110, section 10.2.3). A date in it is left
    /// aside: the store's clock is not ours, and no store sends one.
    static func read(_ headers: ReplyHeaders) -> Duration? {
        if let milliseconds = number(headers["x-amz-retry-after"]) {
            return min(.milliseconds(milliseconds), longest)
        }
        return number(headers["retry-after"]).map { min(.seconds($0), longest) }
    }

    private static func number(_ text: String?) -> Int64? {
        guard let text, let number = Int64(text), number >= 0 else { return nil }
        return min(number, 1_000_000_000)
    }
}
