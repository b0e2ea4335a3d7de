package import Model

/// What of the contract the settings allow. The rest is refused rather than accepted and then not done.
package struct Features: Sendable, Equatable {
    /// The hosts that webhooks may name.
    package var webhooks: WebhookHosts

    package init(webhooks: WebhookHosts = .none) {
        self.webhooks = webhooks
    }

    func faults(in spec: JobSpec) -> [SpecFault] {
        guard let webhook = spec.webhook, let fault = webhooks.fault(of: webhook.url) else { return [] }
        return [SpecFault("/webhook/url", fault)]
    }
}
