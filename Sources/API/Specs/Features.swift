package import Model

/// What of the contract this release can do. The rest is refused rather than accepted and then not done: to bring a
/// kind in, name it here.
package struct Features: Sendable, Equatable {
    package var kinds: Set<JobSpec.Kind>
    /// Whether a job's end can be told to a webhook.
    package var webhooks: Bool

    package init(kinds: Set<JobSpec.Kind> = [.upload, .download, .copy], webhooks: Bool = false) {
        self.kinds = kinds
        self.webhooks = webhooks
    }

    func faults(in spec: JobSpec) -> [SpecFault] {
        var faults: [SpecFault] = []
        if !kinds.contains(spec.kind) {
            faults.append(SpecFault("/kind", "\(spec.kind.rawValue) comes with a later release"))
        }
        if spec.webhook != nil, !webhooks {
            faults.append(SpecFault("/webhook/url", "no host is allowed: webhooks come with a later release"))
        }
        return faults
    }
}
