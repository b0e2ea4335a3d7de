package import HTTPTypes

extension HTTPField.Name {
    /// RFC 7240.
    package static let prefer = named("Prefer")
    package static let preferenceApplied = named("Preference-Applied")
    /// draft-ietf-httpapi-idempotency-key-header.
    package static let idempotencyKey = named("Idempotency-Key")
    package static let idempotentReplayed = named("Idempotent-Replayed")
    /// WHATWG HTML, "Server-sent events".
    package static let lastEventID = named("Last-Event-ID")
    /// W3C, "Referrer Policy".
    package static let referrerPolicy = named("Referrer-Policy")
    /// Fetch Metadata Request Headers (W3C).
    package static let secFetchSite = named("Sec-Fetch-Site")
    /// W3C Trace Context.
    package static let traceparent = named("traceparent")
    /// Tells nginx not to hold a stream back.
    package static let xAccelBuffering = named("X-Accel-Buffering")

    private static func named(_ name: String) -> HTTPField.Name {
        guard let field = HTTPField.Name(name) else { preconditionFailure("\(name) is no field name") }
        return field
    }
}
