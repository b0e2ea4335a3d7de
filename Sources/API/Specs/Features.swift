import Model

/// What of the contract this release can do. The rest is refused rather than accepted and then not done.
package struct Features: Sendable, Equatable {
    /// Whether a job's end can be told to a webhook.
    package var webhooks: Bool

    package init(webhooks: Bool = false) {
        self.webhooks = webhooks
    }

    func faults(in spec: JobSpec) -> [SpecFault] {
        guard spec.webhook != nil, !webhooks else { return [] }
        return [SpecFault("/webhook/url", "no host is allowed: webhooks come with a later release")]
    }
}
