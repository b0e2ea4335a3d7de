package import Model

/// What the settings say of webhooks.
package struct WebhookConfiguration: Sendable {
    /// What is in the outbox for another one is not sent.
    package var hosts = WebhookHosts.none
    /// The first is the newest; each signs every message.
    package var secrets: [WebhookSecret] = []
    /// Addresses that are not public and may be sent to all the same.
    package var networks: [Network] = []
    /// Between one attempt and the next.
    package var waits = RetrySchedule.standard
    /// Certificates of the authorities to trust in place of the system's (PEM).
    package var caFile: String?
    /// For an attempt as a whole.
    package var timeout: Duration = .seconds(15)
    package var userAgent = "longshore"

    package init() {}
}
